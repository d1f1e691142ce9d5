package web

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vedette/geo"
	"vedette/internal/journal"
	"vedette/track"
)

// sourceHTTP is the feed of what is posted.
const sourceHTTP = "http"

// currentFor is how long what is posted is current, unless it says so itself.
const currentFor = 5 * time.Minute

// Seen is an observation that somebody posts.
type Seen struct {
	ID     string            `json:"id,omitempty" maxLength:"512" doc:"its identity, the same in each observation of one thing; left out for a plot"`
	Type   string            `json:"type" maxLength:"64" doc:"as in Cursor on Target: a-u-G is something unknown on the ground"`
	Label  string            `json:"label,omitempty" maxLength:"128"`
	Lat    *float64          `json:"lat_deg,omitempty"`
	Lon    *float64          `json:"lon_deg,omitempty"`
	HAE    *float64          `json:"hae_m,omitempty" doc:"height above the ellipsoid"`
	CE     *float64          `json:"ce_m,omitempty" doc:"circular error"`
	LE     *float64          `json:"le_m,omitempty" doc:"linear error"`
	Course *float64          `json:"course_deg,omitempty" doc:"from true north"`
	Speed  *float64          `json:"speed_m_s,omitempty"`
	Time   time.Time         `json:"time" doc:"when it was so"`
	Stale  time.Time         `json:"stale,omitzero" doc:"when it stops to be current; 5 minutes after its time"`
	Groups []string          `json:"groups,omitempty" maxItems:"32" doc:"who may see it: some of the sender's groups; all of them where left out"`
	Props  map[string]string `json:"props,omitempty" doc:"what else is known: words of a-z and _, nothing of who a person is"`
	Gone   bool              `json:"gone,omitempty" doc:"it is there no more"`
}

type observationsPosted struct {
	Body struct {
		Observations []Seen `json:"observations" minItems:"1" maxItems:"500" doc:"all are kept, or none; those of one thing in the order of their times"`
	}
}

// Kept names what was kept.
type Kept struct {
	IDs []string `json:"ids" doc:"of the events in the journal, in the order of the observations; what is sent again has the same"`
}

type observationsKept struct{ Body Kept }

func (s *Server) postObservations(ctx context.Context, in *observationsPosted) (*observationsKept, error) {
	c := callerOf(ctx)
	now := s.opts.Clock().UTC()
	all := make([]*track.Observation, len(in.Body.Observations))
	ids := make([]string, len(all))
	for i, seen := range in.Body.Observations {
		o, err := seen.observation(c, now)
		if err != nil {
			return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("observations[%d]: %v; none was kept", i, err))
		}
		all[i], ids[i] = o, o.EventID()
	}
	if err := s.opts.Picture.Keep(ctx, all); err != nil {
		return nil, unkept(err)
	}
	return &observationsKept{Kept{ids}}, nil
}

// observation is what c says was seen.
func (in *Seen) observation(c *caller, now time.Time) (*track.Observation, error) {
	o := &track.Observation{
		Source: sourceHTTP, ID: in.ID, Type: in.Type, Label: in.Label,
		HAE: number(in.HAE), CE: number(in.CE), LE: number(in.LE), Course: number(in.Course), Speed: number(in.Speed),
		Time: in.Time.UTC(), Received: now, Stale: in.Stale.UTC(), Trust: track.Token, By: c.Name,
		Groups: in.Groups, Props: in.Props, Gone: in.Gone,
	}
	if in.Stale.IsZero() {
		o.Stale = o.Time.Add(currentFor)
	}
	if (in.Lat == nil) != (in.Lon == nil) {
		return nil, errors.New("lat_deg and lon_deg stand together; give both or neither")
	}
	if in.Lat != nil {
		o.Fix, o.At = true, geo.Point{Lat: *in.Lat, Lon: *in.Lon}
	}
	if err := c.share(o); err != nil {
		return nil, err
	}
	return o, o.Check()
}

// share gives o to the sender's groups, or to those of them that it names.
func (c *caller) share(o *track.Observation) error {
	mine := c.groups()
	if mine == nil {
		return nil
	}
	if len(o.Groups) == 0 {
		o.Groups = mine
		return nil
	}
	for _, g := range o.Groups {
		if !slices.Contains(mine, g) {
			return fmt.Errorf("groups: %s is not in %.80q; name groups of the sender only", c.Name, g)
		}
	}
	return nil
}

func number(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// unkept is the error of something that was not kept.
func unkept(err error) error {
	var refusal *track.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Reason == track.NotYours:
		return huma.Error403Forbidden(refusal.Error() + "; none was kept")
	case errors.As(err, &refusal):
		return huma.Error422UnprocessableEntity(refusal.Error() + "; none was kept")
	case errors.Is(err, journal.ErrInvalid):
		return huma.Error422UnprocessableEntity(err.Error())
	case errors.Is(err, journal.ErrFull):
		return huma.NewError(http.StatusInsufficientStorage, err.Error())
	case errors.Is(err, journal.ErrFailed), errors.Is(err, journal.ErrUnreachable), errors.Is(err, journal.ErrTorn), errors.Is(err, journal.ErrClosed):
		return huma.Error503ServiceUnavailable(err.Error() + "; send it again, that is safe")
	}
	return huma.Error500InternalServerError(err.Error() + "; send it again, that is safe")
}
