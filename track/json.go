package track

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"vedette/geo"
)

// Version is that of the form that MarshalJSON writes.
const Version = 1

// form is an observation as it is written: what is not known is left out.
type form struct {
	Source   string            `json:"source"`
	ID       string            `json:"id,omitempty"`
	Type     string            `json:"type"`
	Label    string            `json:"label,omitempty"`
	Lat      *float64          `json:"lat_deg,omitempty"`
	Lon      *float64          `json:"lon_deg,omitempty"`
	HAE      *float64          `json:"hae_m,omitempty"`
	CE       *float64          `json:"ce_m,omitempty"`
	LE       *float64          `json:"le_m,omitempty"`
	Course   *float64          `json:"course_deg,omitempty"`
	Speed    *float64          `json:"speed_m_s,omitempty"`
	Time     time.Time         `json:"time"`
	Received time.Time         `json:"received"`
	Stale    time.Time         `json:"stale"`
	Trust    Trust             `json:"trust"`
	By       string            `json:"by,omitempty"`
	Groups   []string          `json:"groups,omitempty"`
	Props    map[string]string `json:"props,omitempty"`
	CoT      string            `json:"cot,omitempty"`
	Gone     bool              `json:"gone,omitempty"`
	Late     bool              `json:"late,omitempty"`
	Skew     float64           `json:"skew_s,omitempty"`
}

// MarshalJSON writes an observation that Check lets pass, with units in the
// names.
func (o Observation) MarshalJSON() ([]byte, error) {
	f := form{
		Source: o.Source, ID: o.ID, Type: o.Type, Label: o.Label,
		HAE: known(o.HAE), CE: known(o.CE), LE: known(o.LE), Course: known(o.Course), Speed: known(o.Speed),
		Time: o.Time.UTC(), Received: o.Received.UTC(), Stale: o.Stale.UTC(),
		Trust: o.Trust, By: o.By, Groups: o.Groups, Props: o.Props, CoT: o.CoT,
		Gone: o.Gone, Late: o.Late, Skew: o.Skew.Seconds(),
	}
	if o.Fix {
		f.Lat, f.Lon = known(o.At.Lat), known(o.At.Lon)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // an event of CoT is all < and >
	if err := enc.Encode(f); err != nil {
		return nil, fmt.Errorf("write an observation: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func known(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}

// UnmarshalJSON reads what MarshalJSON wrote, and nothing else: an unknown
// field is an error, and so is what Check refuses.
func (o *Observation) UnmarshalJSON(b []byte) error {
	var f form
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return fmt.Errorf("read an observation: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("read an observation: something stands behind it")
	}
	*o = Observation{
		Source: f.Source, ID: f.ID, Type: f.Type, Label: f.Label,
		HAE: orNaN(f.HAE), CE: orNaN(f.CE), LE: orNaN(f.LE), Course: orNaN(f.Course), Speed: orNaN(f.Speed),
		Time: f.Time.UTC(), Received: f.Received.UTC(), Stale: f.Stale.UTC(),
		Trust: f.Trust, By: f.By, Groups: f.Groups, Props: f.Props, CoT: f.CoT,
		Gone: f.Gone, Late: f.Late, Skew: time.Duration(f.Skew * float64(time.Second)),
	}
	if f.Lat != nil && f.Lon != nil {
		o.Fix, o.At = true, geo.Point{Lat: *f.Lat, Lon: *f.Lon}
	}
	return o.Check()
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
