package marti

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vedette/internal/picture"
	"vedette/internal/tactical"
	"vedette/track"
)

// MaxPast bounds the events of one answer.
const MaxPast = 1000

// object gives the newest of an object that somebody may see.
func (s *Server) object(uid string, who Who) (*track.Observation, bool) {
	groups := append([]string{}, who.Groups...) // never nil, which sees all
	for _, key := range keys(uid) {
		o, ok := s.opts.Object(key)
		if ok && !o.Gone && tactical.UID(o.Observation) == uid && picture.Visible(o.Observation, groups) {
			return o.Observation, true
		}
	}
	return nil, false
}

// keys gives the tracks that may stand on the map under a uid: that of a TAK client,
// and those of other sources, whose name leads (see tactical.UID).
func keys(uid string) []track.Key {
	all := []track.Key{{Source: Source, ID: uid}}
	for i, c := range uid {
		if c == '.' && i <= track.MaxSource {
			all = append(all, track.Key{Source: uid[:i], ID: uid[i+1:]})
		}
	}
	return all
}

// newest answers with one event. Where there is none the body is empty, for that
// is what clients look at.
func (s *Server) newest(w http.ResponseWriter, r *http.Request, who Who) error {
	uid := r.PathValue("uid")
	o, ok := s.object(uid, who)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return nil
	}
	event, err := s.event(o, uid)
	if err != nil {
		return err
	}
	return send(w, "application/xml", []byte(xml.Header+event))
}

// past answers with what the history has, or else with the newest.
func (s *Server) past(w http.ResponseWriter, r *http.Request, who Who) error {
	span, err := s.span(r.URL.Query())
	if err != nil {
		return err
	}
	all, err := s.between(r, span, who)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(xml.Header + "<events>")
	for _, o := range all[:min(len(all), MaxPast)] {
		event, err := s.event(o, r.PathValue("uid"))
		if err != nil {
			return err
		}
		b.WriteString(event)
	}
	b.WriteString("</events>")
	return send(w, "application/xml", []byte(b.String()))
}

func (s *Server) between(r *http.Request, span Span, who Who) ([]*track.Observation, error) {
	uid := r.PathValue("uid")
	if s.opts.History != nil {
		all, err := s.opts.History(r.Context(), uid, span, who)
		if err != nil {
			return nil, fmt.Errorf("look up the past of %.200q: %w", uid, err)
		}
		return all, nil
	}
	o, ok := s.object(uid, who)
	if !ok || !span.holds(o.Time) {
		return nil, nil // TAK Server answers with no events
	}
	return []*track.Observation{o}, nil
}

func (s Span) holds(t time.Time) bool {
	return (s.From.IsZero() || !t.Before(s.From)) && (s.To.IsZero() || !t.After(s.To))
}

// span reads secago, or start and end.
func (s *Server) span(q url.Values) (span Span, err error) {
	if text := q.Get("secago"); text != "" {
		ago, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return Span{}, fail(http.StatusBadRequest, "secago %.40q is no number of seconds", text)
		}
		return Span{From: s.opts.Clock().Add(-time.Duration(ago) * time.Second)}, nil
	}
	for name, t := range map[string]*time.Time{"start": &span.From, "end": &span.To} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		if *t, err = time.Parse(time.RFC3339, text); err != nil {
			return Span{}, fail(http.StatusBadRequest, "%s %.40q is no time; write it as 2026-01-31T12:00:00Z", name, text)
		}
	}
	return span, nil
}

// event is an observation as an element of XML under a uid, without what may stand
// before it. A past one may not hold the event that it came in, and gets a new one.
func (s *Server) event(o *track.Observation, uid string) (string, error) {
	text := o.CoT
	if text == "" {
		e := tactical.ToEvent(o, s.opts.Clock())
		e.UID = uid
		b, err := e.AppendXML(nil)
		if err != nil {
			return "", fmt.Errorf("write %s as an event: %w", o.ID, err)
		}
		text = string(b)
	}
	i := strings.Index(text, "<event")
	if i < 0 {
		return "", fmt.Errorf("write %s as an event: it holds none", o.ID)
	}
	return strings.TrimSpace(text[i:]), nil
}
