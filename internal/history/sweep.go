package history

import "context"

// sweep deletes what a sweep of the journal has deleted, before the event that
// tells of it is projected: a crash in between repeats it.
func (p *projector) sweep(ctx context.Context, i item) error {
	s, err := sweptBy(i.Payload)
	if err != nil {
		return err
	}
	if err := p.commit(ctx); err != nil {
		return err
	}
	p.swept = max(p.swept, s.last)
	return p.prune(ctx, s)
}

// prunePart is how many sequences are looked at in one transaction.
const prunePart = 20_000

// prune deletes the positions in s that the journal has no more, in parts.
func (p *projector) prune(ctx context.Context, s span) error {
	s.last = min(s.last, p.at[contacts].seq)
	for first := s.first; first <= s.last; first += prunePart {
		if err := p.begin(ctx); err != nil {
			return err
		}
		if err := p.pruneOpen(ctx, span{first, min(s.last, first+prunePart-1)}); err != nil {
			return err
		}
		if err := p.commit(ctx); err != nil {
			return err
		}
	}
	return p.forget(ctx)
}

// forget overwrites what SQLite keeps beside the file for a while: there too
// stands what was deleted. With a reader that goes on it stays until the next
// time.
func (p *projector) forget(ctx context.Context) error {
	var busy, pages, moved int
	return p.conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
}

// pruneOpen does so for a short span, in the open batch.
func (p *projector) pruneOpen(ctx context.Context, s span) error {
	var gaps []span
	next := s.first
	gap := func(before uint64) {
		if next < before {
			gaps = append(gaps, span{next, before - 1})
		}
	}
	err := p.j.Present(ctx, s.first, s.last, func(seq uint64) error {
		gap(seq)
		next = seq + 1
		return nil
	})
	if err != nil {
		return err
	}
	gap(s.last + 1)
	return p.remove(ctx, gaps)
}

// remove deletes the positions in spans, and the tracks of which nothing is
// left.
func (p *projector) remove(ctx context.Context, gaps []span) error {
	for _, g := range gaps {
		first, last := 2*int64(g.first), 2*int64(g.last) // of Events are the odd numbers between
		for _, query := range []string{
			`INSERT OR IGNORE INTO temp.bereft SELECT track FROM observation WHERE id BETWEEN ?1 AND ?2 AND id & 1 = 0`,
			`INSERT INTO tally SELECT time / 60000000, coalesce(audience, 0), -count(*) FROM observation WHERE id BETWEEN ?1 AND ?2 AND id & 1 = 0
				GROUP BY 1, 2 ON CONFLICT DO UPDATE SET n = n + excluded.n`,
			`DELETE FROM place WHERE id IN (SELECT id FROM observation WHERE id BETWEEN ?1 AND ?2 AND id & 1 = 0)`,
			`DELETE FROM observation WHERE id BETWEEN ?1 AND ?2 AND id & 1 = 0`,
			`DELETE FROM unread WHERE log = 'contacts' AND seq BETWEEN ?1 / 2 AND ?2 / 2`,
		} {
			if _, err := p.conn.ExecContext(ctx, query, first, last); err != nil {
				return err
			}
		}
	}
	if len(gaps) == 0 {
		return nil
	}
	clear(p.tracks) // some may be gone
	for _, query := range []string{
		`DELETE FROM track WHERE id IN (SELECT track FROM temp.bereft) AND NOT EXISTS (SELECT 1 FROM observation WHERE track = track.id)`,
		`DELETE FROM temp.bereft`,
		`DELETE FROM tally WHERE n = 0`,
	} {
		if _, err := p.conn.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	return nil
}
