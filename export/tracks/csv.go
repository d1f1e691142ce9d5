package tracks

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vedette/track"
)

// csvWriter writes lines that begin with # and say what the file is, a line of
// headers, and a line for each observation (RFC 4180).
type csvWriter struct{ w *csv.Writer }

var csvHeader = []string{"time_utc", "received_utc", "stale_utc", "source", "id", "type", "label", "lat_deg", "lon_deg", "hae_m", "ce_m", "le_m",
	"course_deg", "speed_m_s", "trust", "vouched_by", "groups", "gone", "late", "skew_s", "props"}

func newCSV(w io.Writer, about About) (*csvWriter, error) {
	out := csv.NewWriter(w)
	plain := strings.NewReplacer(`"`, "'", ",", ";") // else the line would begin with a quote, and be no comment
	for _, line := range about.Lines() {
		if err := out.Write([]string{"# " + plain.Replace(line)}); err != nil {
			return nil, fmt.Errorf("write CSV: %w", err)
		}
	}
	return &csvWriter{out}, out.Write(csvHeader)
}

func (c *csvWriter) Add(o *track.Observation) error {
	lat, lon := math.NaN(), math.NaN()
	if o.Fix {
		lat, lon = o.At.Lat, o.At.Lon
	}
	props, err := propsText(o.Props)
	if err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	skew := math.NaN()
	if o.Skew != 0 {
		skew = o.Skew.Seconds()
	}
	return c.w.Write([]string{
		csvTime(o.Time), csvTime(o.Received), csvTime(o.Stale), guarded(o.Source), guarded(o.ID), guarded(o.Type), guarded(o.Label),
		decimal(lat), decimal(lon), decimal(o.HAE), decimal(o.CE), decimal(o.LE), decimal(o.Course), decimal(o.Speed),
		string(o.Trust), guarded(o.By), guarded(strings.Join(o.Groups, " ")), strconv.FormatBool(o.Gone), strconv.FormatBool(o.Late),
		decimal(skew), guarded(props),
	})
}

func propsText(props map[string]string) (string, error) {
	if len(props) == 0 {
		return "", nil
	}
	b, err := json.Marshal(props)
	return string(b), err
}

func csvTime(t time.Time) string { return stamp(t) }

// guarded keeps a spreadsheet from taking a text for a formula: an apostrophe
// goes before what could begin one, also behind spaces and in wide letters.
func guarded(text string) string {
	first, size := utf8.DecodeRuneInString(strings.TrimLeft(text, " \t\r\n\u00a0\u3000"))
	if size > 0 && strings.ContainsRune("=+-@|%＝＋－＠", first) {
		return "'" + text
	}
	return text
}

// decimal writes a number without an exponent, and one that is not known not at
// all.
func decimal(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func (c *csvWriter) Close(context.Context) error {
	c.w.Flush()
	return c.w.Error()
}
