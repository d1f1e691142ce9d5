package journal

import "crypto/sha256"

// key stands for an id. Ids come from strangers, so it is cut from a hash for
// which nobody can find two ids that meet.
type key [16]byte

func keyOf(id string) key {
	sum := sha256.Sum256([]byte(id))
	return key(sum[:16])
}

// index remembers the sequence of the latest ids, up to its capacity; then the
// oldest is forgotten.
type index struct {
	seq  map[key]uint64
	ring []key // in the order they came
	next int   // the place in a full ring that is taken next
	size int   // capacity
}

func newIndex(size int) *index {
	return &index{seq: map[key]uint64{}, size: size}
}

func (x *index) lookup(k key) (uint64, bool) {
	seq, ok := x.seq[k]
	return seq, ok
}

// remember takes the key as the latest; one that is known already stays where
// it is.
func (x *index) remember(k key, seq uint64) {
	if _, known := x.seq[k]; known {
		return
	}
	x.seq[k] = seq
	if len(x.ring) < x.size {
		x.ring = append(x.ring, k)
		return
	}
	delete(x.seq, x.ring[x.next])
	x.ring[x.next] = k
	x.next = (x.next + 1) % x.size
}
