package picture

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vedette/geo"
	"vedette/track"
)

// Cursor is how far a follower has come. The zero Cursor has seen nothing.
type Cursor struct{ epoch, seq uint64 }

// String writes a cursor for ParseCursor.
func (c Cursor) String() string {
	return strconv.FormatUint(c.epoch, 36) + "-" + strconv.FormatUint(c.seq, 36)
}

// ParseCursor reads what String wrote.
func ParseCursor(s string) (Cursor, error) {
	epoch, seq, _ := strings.Cut(s, "-")
	e, err1 := strconv.ParseUint(epoch, 36, 64)
	n, err2 := strconv.ParseUint(seq, 36, 64)
	if err1 != nil || err2 != nil {
		return Cursor{}, fmt.Errorf("%.80q is no cursor; give one that came with the stream, or none", s)
	}
	return Cursor{e, n}, nil
}

// Changes are what a follower has not seen.
type Changes struct {
	Reset   bool     // forget all that was seen before: the objects are all there are
	Objects []Object // each once, as it is now, in the order of their last changes
	Next    Cursor
}

// Since gives what changed after c and may be seen by who is in groups (nil
// sees all), at most most objects; Next goes on from there. It costs a step for
// each change that lies behind c.
func (p *Picture) Since(c Cursor, groups []string, most int) Changes {
	p.mu.Lock()
	defer p.mu.Unlock()
	changes := Changes{Next: Cursor{p.epoch, p.seq}}
	if c.epoch != p.epoch || c.seq < p.lost || c.seq > p.seq {
		changes.Reset, c.seq = true, 0
	}
	first := p.order.Back()
	for first != nil && first.Value.(*Object).Seq > c.seq {
		first = first.Prev()
	}
	if first == nil {
		first = p.order.Front()
	} else {
		first = first.Next()
	}
	for e := first; e != nil; e = e.Next() {
		obj, meant := (*e.Value.(*Object)).to(groups)
		if !meant || changes.Reset && obj.Gone {
			continue
		}
		if len(changes.Objects) == most {
			changes.Next.seq = changes.Objects[most-1].Seq
			break
		}
		changes.Objects = append(changes.Objects, obj)
	}
	return changes
}

// to gives the object as who is in groups is told of it: one that they could see
// once and can no more is gone for them. Of one that they never saw, nothing is
// meant for them.
func (o Object) to(groups []string) (obj Object, meant bool) {
	if Visible(o.Observation, groups) {
		return o, true
	}
	return Object{Seq: o.Seq, Observation: &track.Observation{
		Source: o.Source, ID: o.ID, Type: "t-x-d-d", Trust: track.Local, Gone: true,
		Time: o.Received, Received: o.Received, Stale: o.Received,
	}}, o.before.sees(groups)
}

// audience is who may see something.
type audience struct {
	all    bool
	groups []string
}

// with is the audience and who may see o.
func (a audience) with(o *track.Observation) audience {
	wide := audience{a.all || len(o.Groups) == 0, slices.Concat(a.groups, o.Groups)}
	slices.Sort(wide.groups)
	wide.groups = slices.Compact(wide.groups)
	return wide
}

func (a audience) sees(groups []string) bool {
	return a.all || slices.ContainsFunc(a.groups, func(g string) bool { return slices.Contains(groups, g) })
}

// Wait returns once something has changed after c, or ctx ends.
func (p *Picture) Wait(ctx context.Context, c Cursor) error {
	p.mu.Lock()
	if c.epoch != p.epoch || c.seq < p.seq {
		p.mu.Unlock()
		return nil
	}
	if p.wake == nil {
		p.wake = make(chan struct{})
	}
	wake := p.wake
	p.mu.Unlock()
	select {
	case <-wake:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a change: %w", ctx.Err())
	}
}

// Visible tells whether who is in groups may see o: all may where o has none,
// and who has nil sees all.
func Visible(o *track.Observation, groups []string) bool {
	return groups == nil || len(o.Groups) == 0 || slices.ContainsFunc(o.Groups, func(g string) bool { return slices.Contains(groups, g) })
}

// Object gives a track as it is now.
func (p *Picture) Object(key track.Key) (Object, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.objects[key]
	if e == nil {
		return Object{}, false
	}
	return *e.Value.(*Object), true
}

// Box is a rectangle of degrees. West may be greater than East: it then crosses
// the 180th meridian.
type Box struct{ West, South, East, North float64 }

// Contains tells whether a place is in the box or on its edge.
func (b Box) Contains(p geo.Point) bool {
	within := p.Lon >= b.West && p.Lon <= b.East
	if b.West > b.East {
		within = p.Lon >= b.West || p.Lon <= b.East
	}
	return within && p.Lat >= b.South && p.Lat <= b.North
}

// Within gives the objects in a box that are not gone and may be seen by who is
// in groups, in the order of their last changes. It looks at every object.
func (p *Picture) Within(box Box, groups []string) []Object {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []Object
	for e := p.order.Front(); e != nil; e = e.Next() {
		obj := *e.Value.(*Object)
		if obj.Fix && !obj.Gone && box.Contains(obj.At) && Visible(obj.Observation, groups) {
			found = append(found, obj)
		}
	}
	return found
}
