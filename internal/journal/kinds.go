package journal

import "context"

// ReplayKind calls fn for every event of one kind, in order, up to the last at
// the time of the call. The others are not read. The first error of fn ends it
// and is returned.
func (l *Log) ReplayKind(ctx context.Context, kind string, fn func(Record) error) error {
	if err := checkKind(kind); err != nil {
		return err
	}
	last, err := l.Last(ctx)
	if err != nil {
		return err
	}
	return l.ofKind(ctx, kind, last, fn)
}

// ofKind calls fn for the events of a kind up to sequence last.
func (l *Log) ofKind(ctx context.Context, kind string, last uint64, fn func(Record) error) error {
	r, err := l.reader()
	if err != nil {
		return err
	}
	defer r.close()
	for seq := uint64(1); ; {
		found, err := r.fetch(ctx, getRequest{Seq: seq, Batch: fetchEvents, MaxBytes: fetchBytes, Subject: l.plan.prefix + kind})
		if err != nil || len(found) == 0 {
			return err
		}
		for _, rec := range found {
			if rec.Seq > last {
				return nil
			}
			if err := fn(rec); err != nil {
				return err
			}
		}
		seq = found[len(found)-1].Seq + 1
	}
}

// LastOf gives the last event of a kind, nil if there is none. It costs one
// reading.
func (l *Log) LastOf(ctx context.Context, kind string) (*Record, error) {
	if err := checkKind(kind); err != nil {
		return nil, err
	}
	r, err := l.reader()
	if err != nil {
		return nil, err
	}
	defer r.close()
	found, err := r.fetch(ctx, getRequest{Batch: 1, LastFor: []string{l.plan.prefix + kind}})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}
