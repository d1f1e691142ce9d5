package ais

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dataFile gives a file of the feeds that are not part of the project.
func dataFile(t testing.TB, parts ...string) string {
	t.Helper()
	data := os.Getenv("VEDETTE_DATA")
	if data == "" {
		t.Skipf("VEDETTE_DATA is not set; with feeds/%s in that folder this test reads it", strings.Join(parts, "/"))
	}
	return filepath.Join(append([]string{data, "feeds"}, parts...)...)
}

func lines(t testing.TB, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []string
	s := bufio.NewScanner(f)
	for s.Scan() {
		all = append(all, s.Text())
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	return all
}

// tally is what a Reader made of a file.
type tally struct {
	messages []Message
	fixes    []*Fix
	refused  map[string]int
}

func readAll(lines []string) tally {
	got := tally{refused: map[string]int{}}
	r := Reader{Lost: func(e *Error) { got.refused["lost "+e.Reason.String()]++ }}
	for _, line := range lines {
		rec, err := r.Line(line)
		var e *Error
		switch {
		case errors.As(err, &e):
			got.refused[e.Reason.String()]++
		case rec.Message != nil:
			got.messages = append(got.messages, rec.Message)
		case rec.Fix != nil:
			got.fixes = append(got.fixes, rec.Fix)
		}
	}
	r.Flush()
	return got
}

// sentencesOnly leaves the comments of gpsd's files out.
func sentencesOnly(all []string) []string {
	var some []string
	for _, line := range all {
		if !strings.HasPrefix(line, "#") && line != "" {
			some = append(some, line)
		}
	}
	return some
}

func jsonLines(t testing.TB, path, class string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for _, line := range lines(t, path) {
		if !strings.HasPrefix(line, `{"class":"`+class+`"`) {
			continue
		}
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// gpsd shows a message as gpsd does, with gpsd's special values.
func gpsd(m Message) map[string]any {
	h := m.Head()
	out := map[string]any{"type": float64(h.Type), "mmsi": float64(h.MMSI), "repeat": float64(h.Repeat)}
	switch m := m.(type) {
	case *ClassA:
		motion(out, m.Motion)
		out["status"], out["second"], out["maneuver"] = float64(m.Status), float64(m.Second), float64(m.Maneuver)
		out["heading"], out["raim"], out["turn"] = heading(m.Heading), m.RAIM, turn(m.Turn)
		if m.Radio.Known {
			out["radio"] = float64(m.Radio.Value)
		}
	case *Base:
		position(out, m.Accurate, Motion{Position: m.Position})
		out["timestamp"], out["epfd"], out["raim"] = m.Time.Value.Format("2006-01-02T15:04:05Z"), float64(m.EPFD), m.RAIM
		if !m.Time.Known {
			delete(out, "timestamp")
		}
	case *Voyage:
		size(out, m.Size)
		out["imo"], out["ais_version"], out["callsign"], out["shipname"] = float64(m.IMO), float64(m.Version), m.Callsign, m.Name
		out["shiptype"], out["epfd"], out["draught"] = float64(m.ShipType), float64(m.EPFD), m.Draught.Value
		out["eta"], out["destination"] = eta(m.ETA), m.Destination
	case *Aircraft:
		motion(out, m.Motion)
		out["alt"], out["second"], out["raim"] = m.Altitude.Value, float64(m.Second), m.RAIM
	case *Safety:
		out["text"] = m.Text
	case *ClassB:
		motion(out, m.Motion)
		out["reserved"], out["second"], out["regional"] = float64(m.Reserved), float64(m.Second), float64(m.Regional)
		out["heading"], out["raim"], out["radio"] = heading(m.Heading), m.RAIM, float64(m.Radio.Value)
		out["cs"], out["display"], out["dsc"], out["band"], out["msg22"] = m.CarrierSense, m.Display, m.DSC, m.WholeBand, m.Message22
	case *ClassBExtended:
		motion(out, m.Motion)
		size(out, m.Size)
		out["shipname"], out["shiptype"], out["epfd"], out["raim"] = m.Name, float64(m.ShipType), float64(m.EPFD), m.RAIM
		out["heading"], out["second"], out["regional"], out["assigned"] = heading(m.Heading), float64(m.Second), float64(m.Regional), m.Assigned
	case *Aid:
		position(out, m.Accurate, Motion{Position: m.Position})
		size(out, m.Size)
		out["aid_type"], out["name"], out["epfd"], out["second"] = float64(m.Kind), m.Name, float64(m.EPFD), float64(m.Second)
		out["off_position"], out["regional"], out["virtual_aid"], out["raim"] = m.OffPosition, float64(m.Regional), m.Virtual, m.RAIM
	case *StaticB:
		size(out, m.Size)
		out["shiptype"], out["callsign"] = float64(m.ShipType), m.Callsign
	case *LongRange:
		motion(out, m.Motion)
		out["raim"], out["gnss"] = m.RAIM, m.NoFix
	}
	return out
}

func position(out map[string]any, accurate bool, m Motion) {
	out["accuracy"], out["lon"], out["lat"] = accurate, m.Position.Value.Lon, m.Position.Value.Lat
	if !m.Position.Known {
		out["lon"], out["lat"] = 181.0, 91.0
	}
}

func motion(out map[string]any, m Motion) {
	position(out, m.Accurate, m)
	out["speed"], out["course"] = m.Speed.Value/knot, m.Course.Value
	if !m.Speed.Known {
		out["speed"] = "nan"
	}
	if !m.Course.Known {
		out["course"] = 360.0
	}
}

func size(out map[string]any, d Maybe[Dimensions]) {
	out["to_bow"], out["to_stern"] = float64(d.Value.Bow), float64(d.Value.Stern)
	out["to_port"], out["to_starboard"] = float64(d.Value.Port), float64(d.Value.Starboard)
}

func heading(h Maybe[float64]) float64 {
	if !h.Known {
		return 511
	}
	return h.Value
}

func turn(t Maybe[Turn]) any {
	switch {
	case !t.Known:
		return "nan"
	case t.Value.AtLeast && t.Value.Rate < 0:
		return "fastleft"
	case t.Value.AtLeast:
		return "fastright"
	}
	return math.Round(t.Value.Rate)
}

func eta(e ETA) string {
	hour, minute := e.Hour.Value, e.Minute.Value
	if !e.Hour.Known {
		hour = 24
	}
	if !e.Minute.Known {
		minute = 60
	}
	return fmt.Sprintf("%02d-%02dT%02d:%02dZ", e.Month.Value, e.Day.Value, hour, minute)
}

// differences tells which of the fields that both have are not alike.
// Positions must agree to 1e-5 degrees; gpsd prints six decimals, and one of
// type 27. Turns are printed as whole degrees.
func differences(got, want map[string]any) []string {
	var bad []string
	for name, g := range got {
		w, there := want[name]
		if !there {
			continue
		}
		gf, isNumber := g.(float64)
		wf, alsoNumber := w.(float64)
		if isNumber && alsoNumber && math.Abs(gf-wf) <= tolerance(name, got) {
			continue
		}
		if g != w {
			bad = append(bad, fmt.Sprintf("%s is %v, want %v", name, g, w))
		}
	}
	return bad
}

// onEarth puts gpsd's "not available" for positions that gpsd passes on though
// they are not on Earth.
func onEarth(w map[string]any) {
	lon, ok1 := w["lon"].(float64)
	lat, ok2 := w["lat"].(float64)
	if ok1 && ok2 && (math.Abs(lon) > 180 || math.Abs(lat) > 90) {
		w["lon"], w["lat"] = 181.0, 91.0
	}
}

func tolerance(name string, got map[string]any) float64 {
	long := got["type"] == 27.0
	switch {
	case (name == "lon" || name == "lat") && long:
		return 0.05
	case name == "lon" || name == "lat":
		return 1e-5
	}
	return 1e-6 // a number that is printed in full
}

// pairStatics leaves out the parts A of type 24, whose names gpsd gives with
// part B, and gives the name of each part B.
func pairStatics(all []Message) []map[string]any {
	names := map[uint32]string{}
	var shown []map[string]any
	for _, m := range all {
		out := gpsd(m)
		switch m := m.(type) {
		case *StaticA:
			names[m.MMSI] = m.Name
			continue
		case *StaticB:
			name, known := names[m.MMSI]
			if !known {
				continue
			}
			out["shipname"] = name
			delete(names, m.MMSI) // gpsd gives every name once
		}
		shown = append(shown, out)
	}
	return shown
}

func agree(t *testing.T, got []map[string]any, want []map[string]any) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d messages, want %d", len(got), len(want))
	}
	fields := 0
	for _, w := range want {
		onEarth(w)
	}
	for i := range min(len(got), len(want)) {
		for name := range got[i] {
			if _, both := want[i][name]; both {
				fields++
			}
		}
		for _, bad := range differences(got[i], want[i]) {
			t.Errorf("message %d, type %v of %v: %s", i+1, got[i]["type"], got[i]["mmsi"], bad)
		}
	}
	t.Logf("%d messages agree in %d fields", len(got), fields)
}

func TestARealHarbourIsReadAsByGpsd(t *testing.T) {
	got := readAll(sentencesOnly(lines(t, dataFile(t, "ais", "gpsd_ais-nmea.log"))))
	agree(t, pairStatics(got.messages), jsonLines(t, dataFile(t, "ais", "gpsd_ais-nmea.decoded.jsonl"), "AIS"))
	// GSA, GSV and VTG are not read here; all other lines are.
	if want := map[string]int{"unknown_sentence": 821}; !maps.Equal(got.refused, want) {
		t.Errorf("refused %v, want %v", got.refused, want)
	}
	agreeOnFixes(t, got.fixes, "ais", "gpsd_ais-nmea.log.chk")
}

func TestSamplesOfAllTypesAreReadAsByGpsd(t *testing.T) {
	got := readAll(sentencesOnly(lines(t, dataFile(t, "ais", "gpsd_sample.aivdm"))))
	agree(t, pairStatics(got.messages), jsonLines(t, dataFile(t, "ais", "gpsd_sample.aivdm.scaled_json.chk"), "AIS"))
	// One line of the file has lost its !, and gpsd does not read it either.
	if want := map[string]int{"not_a_sentence": 1}; !maps.Equal(got.refused, want) {
		t.Errorf("refused %v, want %v", got.refused, want)
	}
}

func TestReceiversAreReadAsByGpsd(t *testing.T) {
	for _, c := range []struct {
		log     string
		refused map[string]int
		fixes   int
	}{
		// 44 GSA, 157 GSV, 23 VTG; 23 each of GGA, GLL and RMC.
		{"neo-m8n.log", map[string]int{"unknown_sentence": 224}, 69},
		{"nmea-fuzzy-cases.log", map[string]int{}, 28},
	} {
		t.Run(c.log, func(t *testing.T) {
			got := readAll(sentencesOnly(lines(t, dataFile(t, "nmea", c.log))))
			if !maps.Equal(got.refused, c.refused) || len(got.fixes) != c.fixes {
				t.Errorf("refused %v and %d fixes, want %v and %d", got.refused, len(got.fixes), c.refused, c.fixes)
			}
			agreeOnFixes(t, got.fixes, "nmea", c.log+".chk")
		})
	}
}

// agreeOnFixes looks up every report of gpsd in what was read: its position to
// 1e-9 degrees (it prints nine decimals), its height to 1 mm. gpsd reports once
// for several sentences, so not every fix has a report.
func agreeOnFixes(t *testing.T, fixes []*Fix, path ...string) {
	t.Helper()
	found := 0
	for i, w := range jsonLines(t, dataFile(t, path...), "TPV") {
		lat, there := w["lat"].(float64)
		if !there {
			continue
		}
		found++
		if !hasFix(fixes, lat, w["lon"].(float64), w["alt"]) {
			t.Errorf("report %d of gpsd, %v %v %v m, was not read", i+1, lat, w["lon"], w["alt"])
		}
	}
	t.Logf("%d reports of gpsd, all in the %d fixes", found, len(fixes))
}

func hasFix(fixes []*Fix, lat, lon float64, alt any) bool {
	place, height := false, alt == nil
	for _, f := range fixes {
		p := f.Position
		if !p.Known || math.Abs(p.Value.Lat-lat) > 1e-9 || math.Abs(p.Value.Lon-lon) > 1e-9 {
			continue
		}
		place = true
		if h, wanted := alt.(float64); wanted && f.Altitude.Known && math.Abs(f.Altitude.Value-h) < 1e-3 {
			height = true
		}
	}
	return place && height
}
