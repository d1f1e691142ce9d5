package web

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vedette/internal/access"
	"vedette/internal/picture"
)

func (s *Server) registerCalls() {
	add(s, "list-calls", s.listCalls)
	add(s, "close-call", s.closeCall)
}

func (s *Server) listCalls(ctx context.Context, _ *struct{}) (*objectsGiven, error) {
	var open, closed []picture.Object
	for _, obj := range s.present(ctx, nil) {
		switch {
		case obj.Open:
			open = append(open, obj)
		case obj.Closed != "":
			closed = append(closed, obj)
		}
	}
	slices.SortFunc(open, func(a, b picture.Object) int { return a.Time.Compare(b.Time) })
	slices.Reverse(closed)
	features := []Feature{}
	for _, obj := range append(open, closed...) {
		features = append(features, featureOf(obj))
	}
	return s.collection(features, false), nil
}

type callClosed struct {
	Source string `path:"source" maxLength:"64"`
	ID     string `path:"id" maxLength:"512"`
	Body   struct {
		Outcome string `json:"outcome" minLength:"3" maxLength:"256" doc:"what became of the person in need"`
	}
}

func (s *Server) closeCall(ctx context.Context, in *callClosed) (*struct{}, error) {
	if _, err := s.visible(ctx, keyOf(in.Source, in.ID)); err != nil {
		return nil, err
	}
	c := callerOf(ctx)
	err := s.opts.Picture.Close(ctx, keyOf(in.Source, in.ID), c.Name, in.Body.Outcome)
	if errors.Is(err, picture.ErrNoCall) {
		return nil, huma.Error409Conflict(fmt.Sprintf("%s/%.80q: %v; it may have been closed by somebody else", in.Source, in.ID, err))
	}
	if err != nil {
		return nil, unkept(err)
	}
	return nil, s.audit(ctx, "close-call", in.Source+"/"+in.ID, in.Body.Outcome)
}

// audit writes down what the sender of a request did. What cannot be written
// down is not said to be done well.
func (s *Server) audit(ctx context.Context, what, object, outcome string) error {
	c := callerOf(ctx)
	return s.entry(ctx, access.Entry{Who: c.Name, How: c.How, What: what, Object: object, Outcome: outcome})
}

func (s *Server) entry(ctx context.Context, e access.Entry) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTime) // done is done, also where the sender has gone
	defer cancel()
	if _, err := s.opts.Audit.Append(ctx, e); err != nil {
		s.opts.Log.Error("the audit trail lacks an entry", "who", e.Who, "what", e.What, "object", e.Object, "err", err)
		return huma.Error503ServiceUnavailable("it was done, but could not be written to the audit trail: " + err.Error())
	}
	return nil
}

const auditTime = 10 * time.Second
