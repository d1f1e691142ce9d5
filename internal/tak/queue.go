package tak

import "sync"

// queue is what waits for one member. Whoever pushes never waits. While more
// than limit bytes are in it, it is under pressure: the newest state of an
// object takes the place of an older one that waits.
type queue struct {
	limit, most int    // bytes: pressure begins; of what cannot give way, at most
	gaveWay     func() // is called for each that does

	mu     sync.Mutex
	items  []*parcel // from head on; nil where one has given way
	head   int
	first  uint64            // the number of items[head]; each push has its own
	newest map[string]uint64 // under pressure: the number of the state of a uid
	bytes  int
	kept   int // bytes of what cannot give way
	count  int
	asleep bool // the one who takes waits for wake
	wake   chan struct{}
}

func newQueue(limits Limits, gaveWay func()) *queue {
	return &queue{limit: limits.Queue, most: limits.Kept, gaveWay: gaveWay, wake: make(chan struct{}, 1)}
}

// push puts p in, and tells false where it cannot be held.
func (q *queue) push(p *parcel) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !p.state && q.kept+p.size() > q.most {
		return false
	}
	if q.newest == nil && q.bytes+p.size() > q.limit {
		q.press()
	}
	q.add(p)
	if q.asleep {
		q.asleep = false
		select {
		case q.wake <- struct{}{}:
		default: // a word that was not waited for is still there
		}
	}
	return true
}

// press begins the pressure: what waits gives way among itself.
func (q *queue) press() {
	old := q.items[q.head:]
	q.items, q.head = make([]*parcel, 0, len(old)+1), 0
	q.bytes, q.kept, q.count = 0, 0, 0
	q.newest = make(map[string]uint64)
	for _, p := range old {
		if p != nil {
			q.add(p)
		}
	}
}

func (q *queue) add(p *parcel) {
	if q.newest != nil && q.giveWay(p) {
		return
	}
	q.items = append(q.items, p)
	q.weigh(p, 1)
}

// giveWay lets p take the place of an older state, where there is one, or lets
// p itself go because it is late; then there is nothing to add. What a delete
// deletes need not be sent, but the delete is.
func (q *queue) giveWay(p *parcel) bool {
	switch {
	case p.gone != "":
		if n, ok := q.newest[p.gone]; ok {
			q.put(n, nil)
			delete(q.newest, p.gone)
		}
	case p.state && p.late:
		q.gaveWay()
		return true
	case p.state:
		if n, ok := q.newest[p.uid]; ok {
			q.put(n, p)
			return true
		}
		q.newest[p.uid] = q.first + uint64(len(q.items)-q.head)
	}
	return false
}

// put sets what stands at a number.
func (q *queue) put(n uint64, p *parcel) {
	at := &q.items[q.head+int(n-q.first)]
	q.weigh(*at, -1)
	q.gaveWay()
	*at = p
	if p != nil {
		q.weigh(p, 1)
	}
}

func (q *queue) weigh(p *parcel, sign int) {
	q.bytes += sign * p.size()
	q.count += sign
	if !p.state {
		q.kept += sign * p.size()
	}
}

// take moves parcels of about size bytes, but one at least, to dst. When there
// are none, the next push wakes.
func (q *queue) take(dst []*parcel, size int) []*parcel {
	q.mu.Lock()
	defer q.mu.Unlock()
	for size > 0 && q.head < len(q.items) {
		p := q.items[q.head]
		q.items[q.head] = nil
		if p != nil {
			q.leave(p)
			dst = append(dst, p)
			size -= p.size()
		}
		q.head++
		q.first++
	}
	q.settle()
	q.asleep = len(dst) == 0
	return dst
}

// leave lets p, at the head, go.
func (q *queue) leave(p *parcel) {
	q.weigh(p, -1)
	if p.state && q.newest[p.uid] == q.first {
		delete(q.newest, p.uid)
	}
}

// settle gives back room, and ends the pressure once half of the limit is free.
func (q *queue) settle() {
	if q.newest != nil && q.bytes <= q.limit/2 {
		q.newest = nil
	}
	switch {
	case q.head == len(q.items):
		q.items, q.head = q.items[:0], 0
		if cap(q.items) > 1024 {
			q.items = nil
		}
	case q.head > len(q.items)/2:
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
}

// waiting tells how many parcels wait, and of how many bytes.
func (q *queue) waiting() (count, bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count, q.bytes
}
