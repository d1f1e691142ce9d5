package web

import (
	"encoding/json"
	"math"
	"sync/atomic"
	"time"

	"vedette/internal/picture"
	"vedette/track"
)

// Feature is an object as GeoJSON. What is not known is left out.
type Feature struct {
	Type       string     `json:"type" enum:"Feature"`
	ID         string     `json:"id" doc:"source and identity, joined by a slash"`
	Geometry   *Point     `json:"geometry" doc:"null where the place is not known"`
	Properties Properties `json:"properties"`
}

// Point is a place.
type Point struct {
	Type        string    `json:"type" enum:"Point"`
	Coordinates []float64 `json:"coordinates" minItems:"2" maxItems:"2" doc:"longitude and latitude, degrees on WGS 84"`
}

// Properties are what is known of an object.
type Properties struct {
	Source   string            `json:"source" doc:"the feed that brought it"`
	ID       string            `json:"id" doc:"its identity within the source"`
	Type     string            `json:"type" doc:"as in Cursor on Target; a-u-G is something unknown on the ground"`
	Label    string            `json:"label,omitempty"`
	HAE      *float64          `json:"hae_m,omitempty" doc:"height above the ellipsoid"`
	CE       *float64          `json:"ce_m,omitempty" doc:"circular error"`
	LE       *float64          `json:"le_m,omitempty" doc:"linear error"`
	Course   *float64          `json:"course_deg,omitempty"`
	Speed    *float64          `json:"speed_m_s,omitempty"`
	Time     time.Time         `json:"time" doc:"when it was so, as the source says"`
	Received time.Time         `json:"received"`
	Stale    time.Time         `json:"stale" doc:"when it stops to be current"`
	Trust    string            `json:"trust" enum:"certificate,token,local,unauthenticated"`
	By       string            `json:"by,omitempty" doc:"who vouches"`
	Groups   []string          `json:"groups,omitempty" doc:"who may see it; left out for all"`
	Props    map[string]string `json:"props,omitempty"`
	Late     bool              `json:"late,omitempty" doc:"it came after a newer one"`
	Skew     float64           `json:"skew_s,omitempty" doc:"how far the sender's clock is ahead"`
	Open     bool              `json:"open,omitempty" doc:"a call for help that nobody has closed"`
	Closed   string            `json:"closed,omitempty" doc:"how a call for help ended"`
	Gone     bool              `json:"gone,omitempty" doc:"it is there no more"`
}

// Collection is objects as GeoJSON.
type Collection struct {
	Type      string    `json:"type" enum:"FeatureCollection"`
	Now       time.Time `json:"now" doc:"the server's clock"`
	Truncated bool      `json:"truncated,omitempty" doc:"there are more than were asked for"`
	Features  []Feature `json:"features"`
}

func featureOf(obj picture.Object) Feature {
	o := obj.Observation
	f := Feature{Type: "Feature", ID: o.Source + "/" + o.ID, Properties: Properties{
		Source: o.Source, ID: o.ID, Type: o.Type, Label: o.Label,
		HAE: known(o.HAE), CE: known(o.CE), LE: known(o.LE), Course: known(o.Course), Speed: known(o.Speed),
		Time: o.Time.UTC(), Received: o.Received.UTC(), Stale: o.Stale.UTC(),
		Trust: string(o.Trust), By: o.By, Groups: o.Groups, Props: o.Props, Late: o.Late, Skew: o.Skew.Seconds(),
		Open: obj.Open, Closed: obj.Closed, Gone: o.Gone,
	}}
	if o.Fix {
		f.Geometry = &Point{"Point", []float64{o.At.Lon, o.At.Lat}}
	}
	return f
}

func known(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}

func keyOf(source, id string) track.Key { return track.Key{Source: source, ID: id} }

// encodings shares the JSON of objects among those who follow them: each change
// is encoded once, unless so many come in between that its place was taken. The
// zero value is ready.
type encodings struct {
	ring [1 << 15]atomic.Pointer[encoding]
}

// encoding is of a change as somebody is told of it: who may see an object no
// more is told something else by the same number.
type encoding struct {
	seq  uint64
	of   *track.Observation
	json []byte
}

// of gives the JSON of an object, not to be changed.
func (e *encodings) of(obj picture.Object) ([]byte, error) {
	place := &e.ring[obj.Seq%uint64(len(e.ring))]
	if known := place.Load(); known != nil && known.seq == obj.Seq && known.of == obj.Observation {
		return known.json, nil
	}
	b, err := json.Marshal(featureOf(obj))
	if err != nil {
		return nil, err
	}
	place.Store(&encoding{obj.Seq, obj.Observation, b})
	return b, nil
}
