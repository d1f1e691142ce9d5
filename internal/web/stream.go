package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vedette/internal/picture"
)

// batchObjects bounds an event of the stream.
const batchObjects = 1000

// Batch is the data of an event of the stream.
type Batch struct {
	Now      time.Time `json:"now" doc:"the server's clock"`
	More     bool      `json:"more" doc:"more changes wait"`
	Features []Feature `json:"features"`
}

func (s *Server) describeStream(op *huma.Operation) {
	param(op, "header", "Last-Event-ID", "where to go on: the id of the last event that was read")
	param(op, "query", "after", "the same, for a page that opens a new stream")
	ref := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Batch](), true, "")
	gives(op, "200", "text/event-stream", "Events objects, whose data is a Batch; reset: forget all objects, what follows are all; beat: still here; end: begin anew, what you may see has changed. Their ids are where to resume.", ref)
}

// stream sends changes until the reader goes, his session ends or the server
// stops.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	from, err := resumed(r)
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error())
		return
	}
	c := callerOf(r.Context())
	if !s.streams.take(c.Name) {
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusTooManyRequests, fmt.Sprintf("%s follows %d streams already; close one", c.Name, s.opts.Streams))
		return
	}
	defer s.streams.leave(c.Name)
	s.figures.streams.Inc()
	defer s.figures.streams.Dec()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // for a proxy in between
	if r.Method == http.MethodHead {
		return
	}
	ctx, stop := s.whileUnchanged(r.Context(), c)
	defer stop()
	f := &follower{server: s, caller: c, out: w, control: http.NewResponseController(w), cursor: from}
	if err = f.control.SetReadDeadline(time.Time{}); err == nil { // the server's is for the request, and would end the stream
		err = f.run(ctx)
	}
	if errors.Is(err, errChanged) && r.Context().Err() == nil {
		err = errors.Join(err, f.end())
	}
	s.opts.Log.Debug("a stream ended", "of", c.Name, "why", err)
}

var errChanged = errors.New("what its reader may see has changed")

// whileUnchanged gives a context that ends when the user behind a request is
// changed.
func (s *Server) whileUnchanged(ctx context.Context, c *caller) (_ context.Context, stop func()) {
	ctx, end := context.WithCancelCause(ctx)
	forget := func() {}
	if s.opts.Users != nil {
		forget = s.opts.Users.OnChange(func(name string) {
			if name == c.Name {
				end(errChanged)
			}
		})
	}
	return ctx, func() { forget(); end(nil) }
}

// resumed is where a stream goes on.
func resumed(r *http.Request) (picture.Cursor, error) {
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		last = r.URL.Query().Get("after")
	}
	if last == "" {
		return picture.Cursor{}, nil
	}
	return picture.ParseCursor(last)
}

// follower is one reader of the stream.
type follower struct {
	server  *Server
	caller  *caller
	out     http.ResponseWriter
	control *http.ResponseController
	cursor  picture.Cursor
	more    bool // the last event said that more waits
	buf     []byte
}

// run sends until it cannot, and tells why.
func (f *follower) run(ctx context.Context) error {
	if err := f.push(append(f.buf[:0], "retry: 1000\n: welcome\n\n"...)); err != nil {
		return err
	}
	due := time.Now().Add(f.server.opts.Beat)
	for {
		changed := f.more || f.changed(ctx, due)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !changed {
			if !f.caller.there() {
				return errors.New("the session ended")
			}
			due = time.Now().Add(f.server.opts.Beat)
			if err := f.beat(); err != nil {
				return err
			}
			continue
		}
		more, err := f.send()
		if err != nil {
			return err
		}
		if !more {
			rest(ctx, f.server.opts.Pace)
		}
	}
}

// changed waits for a change; false is time for a sign of life, which is due
// also where changes never cease.
func (f *follower) changed(ctx context.Context, due time.Time) bool {
	if !time.Now().Before(due) {
		return false
	}
	ctx, cancel := context.WithDeadline(ctx, due)
	defer cancel()
	return f.server.opts.Picture.Wait(ctx, f.cursor) == nil
}

func rest(ctx context.Context, pace time.Duration) {
	select {
	case <-time.After(pace):
	case <-ctx.Done():
	}
}

// send pushes what has changed, at most a batch, and tells whether more waits.
func (f *follower) send() (more bool, err error) {
	changes := f.server.opts.Picture.Since(f.cursor, f.caller.groups(), batchObjects)
	f.buf = f.buf[:0]
	if changes.Reset {
		f.buf = append(f.buf, "event: reset\ndata: {}\n\n"...)
	}
	more = len(changes.Objects) == batchObjects
	f.buf = append(f.buf, "event: objects\nid: "+changes.Next.String()+"\ndata: "...)
	if f.buf, err = f.batch(f.buf, changes.Objects, more); err != nil {
		return false, err
	}
	f.cursor = changes.Next
	promised := f.more
	f.more = more
	if len(changes.Objects) == 0 && !changes.Reset && !promised {
		return false, nil // it was nothing that this reader may see
	}
	f.server.figures.sent.Add(float64(len(changes.Objects)))
	return more, f.push(append(f.buf, "\n\n"...))
}

func (f *follower) batch(b []byte, objects []picture.Object, more bool) ([]byte, error) {
	b = append(b, `{"now":"`...)
	b = f.server.opts.Clock().UTC().AppendFormat(b, time.RFC3339Nano)
	b = fmt.Appendf(b, `","more":%t,"features":[`, more)
	for i, obj := range objects {
		if i > 0 {
			b = append(b, ',')
		}
		one, err := f.server.shared.of(obj)
		if err != nil {
			return nil, err
		}
		b = append(b, one...)
	}
	return append(b, "]}"...), nil
}

// beat is a sign of life: a comment for programs, and an event for pages, which
// are not told of comments.
func (f *follower) beat() error {
	b := append(f.buf[:0], ": heartbeat\nevent: beat\nid: "+f.cursor.String()+"\ndata: "...)
	b, err := f.batch(b, nil, false)
	if err != nil {
		return err
	}
	return f.push(append(b, "\n\n"...))
}

// end tells the reader to come back and to begin anew: of what was seen, some
// may be hidden now.
func (f *follower) end() error {
	return f.push(append(f.buf[:0], "event: end\nid: "+picture.Cursor{}.String()+"\ndata: {}\n\n"...))
}

// push writes an event, or fails when the reader does not take it.
func (f *follower) push(event []byte) error {
	f.buf = event
	if err := f.control.SetWriteDeadline(time.Now().Add(f.server.opts.push)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := f.out.Write(event); err != nil {
		return err
	}
	return f.control.Flush()
}
