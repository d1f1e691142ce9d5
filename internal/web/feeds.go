package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vedette/internal/feed"
)

// Feeds are those that run.
type Feeds interface {
	Health() []feed.Health
	Post(ctx context.Context, name, by string, body []byte) (feed.Posted, error)
}

// Feed is how a feed is.
type Feed struct {
	Name    string            `json:"name"`
	Kind    string            `json:"kind"`
	State   feed.State        `json:"state" enum:"connecting,live,silent,waiting,failed,ended"`
	Since   time.Time         `json:"since" doc:"of the state"`
	Until   time.Time         `json:"until,omitzero" doc:"when it is tried again"`
	Last    time.Time         `json:"last,omitzero" doc:"when something came last"`
	In      uint64            `json:"in" doc:"observations taken"`
	Refused map[string]uint64 `json:"refused,omitempty" doc:"by reason"`
	Lag     float64           `json:"lag_s,omitempty" doc:"of the last observation, from its time to its receipt"`
	Error   string            `json:"error,omitempty" doc:"why it failed last"`
}

type feedsGiven struct {
	Body struct {
		Feeds []Feed `json:"feeds"`
	}
}

func (s *Server) registerFeeds() {
	add(s, "list-feeds", s.listFeeds)
	s.raw("post-feed", s.postFeed, func(op *huma.Operation) {
		param(op, "path", "feed", "the name of a feed of kind json in the settings")
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{}}}}
		ref := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Posted](), true, "")
		gives(op, "201", "application/json", "Kept, as far as it was not refused: synced to the journal", ref)
		gives(op, "422", "application/json", "All of it was refused", ref)
	})
}

func (s *Server) listFeeds(context.Context, *struct{}) (*feedsGiven, error) {
	out := &feedsGiven{}
	out.Body.Feeds = []Feed{}
	if s.opts.Feeds == nil {
		return out, nil
	}
	for _, h := range s.opts.Feeds.Health() {
		out.Body.Feeds = append(out.Body.Feeds, Feed{
			Name: h.Name, Kind: h.Kind, State: h.State, Since: h.Since, Until: h.Until, Last: h.Last,
			In: h.In, Refused: h.Refused, Lag: h.Lag.Seconds(), Error: h.Err,
		})
	}
	return out, nil
}

// Posted tells what became of a document that was posted for a feed.
type Posted struct {
	Kept    int       `json:"kept" doc:"observations"`
	Refused []Refused `json:"refused"`
}

// Refused is something that was not taken.
type Refused struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// postFeed takes a document in somebody else's form, by the mapping of a feed.
func (s *Server) postFeed(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		refuseBody(w, err)
		return
	}
	if s.opts.Feeds == nil {
		err = fmt.Errorf("%w: %.80q", feed.ErrNoFeed, r.PathValue("feed"))
	}
	var posted feed.Posted
	if err == nil {
		posted, err = s.opts.Feeds.Post(r.Context(), r.PathValue("feed"), callerOf(r.Context()).Name, body)
	}
	switch {
	case errors.Is(err, feed.ErrNoFeed):
		problem(w, http.StatusNotFound, err.Error())
		return
	case err != nil:
		answerError(w, unkept(err))
		return
	}
	answer := Posted{Kept: posted.Kept, Refused: []Refused{}}
	for _, refusal := range posted.Refused {
		answer.Refused = append(answer.Refused, Refused{string(refusal.Reason), refusal.Detail})
	}
	w.Header().Set("Content-Type", "application/json")
	if answer.Kept == 0 && len(answer.Refused) > 0 {
		w.WriteHeader(http.StatusUnprocessableEntity)
	} else {
		w.WriteHeader(http.StatusCreated)
	}
	json.NewEncoder(w).Encode(answer)
}

func refuseBody(w http.ResponseWriter, err error) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		problem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("more than %d bytes; send it in parts", large.Limit))
		return
	}
	problem(w, http.StatusBadRequest, "the document broke off; send it again")
}
