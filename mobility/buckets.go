package mobility

// entry is a node with the label it had when it was queued.
type entry struct {
	node Node
	key  uint32
}

// buckets is a monotone priority queue: entries lie in stacks by the upper bits
// of their keys. Stacks are chains of chunks from one pool.
type buckets struct {
	heads  []int32 // first chunk of each bucket + 1, 0 for none
	chunks []chunk
	free   int32 // first unused chunk + 1
	now    uint32
	last   uint32 // highest bucket in use
}

const chunkSize = 30

type chunk struct {
	next, n int32
	entries [chunkSize]entry
}

func (q *buckets) reset() {
	clear(q.heads)
	q.chunks, q.free, q.now, q.last = q.chunks[:0], 0, 0, 0
}

// push queues an entry; a bucket before the present one becomes the present.
func (q *buckets) push(bucket uint32, e entry) {
	if int(bucket) >= len(q.heads) {
		grown := make([]int32, max(int(bucket)+1, 2*len(q.heads), 1<<12))
		copy(grown, q.heads)
		q.heads = grown
	}
	q.last = max(q.last, bucket)
	q.now = min(q.now, bucket)
	head := q.heads[bucket]
	if head == 0 || q.chunks[head-1].n == chunkSize {
		head = q.take(head)
		q.heads[bucket] = head
	}
	c := &q.chunks[head-1]
	c.entries[c.n] = e
	c.n++
}

// take gives an empty chunk before another.
func (q *buckets) take(next int32) int32 {
	if q.free == 0 {
		q.chunks = append(q.chunks, chunk{next: next})
		return int32(len(q.chunks))
	}
	i := q.free
	c := &q.chunks[i-1]
	q.free = c.next
	c.next, c.n = next, 0
	return i
}

// pop takes an entry of the lowest bucket that has one.
func (q *buckets) pop() (entry, bool) {
	for {
		if int(q.now) >= len(q.heads) || q.now > q.last {
			return entry{}, false
		}
		head := q.heads[q.now]
		if head == 0 {
			q.now++
			continue
		}
		c := &q.chunks[head-1]
		if c.n == 0 {
			q.heads[q.now] = c.next
			c.next, q.free = q.free, head
			continue
		}
		c.n--
		return c.entries[c.n], true
	}
}
