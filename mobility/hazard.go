package mobility

// Hazard is the rate of detection at every node, in HazardUnit.
type Hazard struct {
	Still []uint32 // whatever way he moves
	// Echo, if not nil, is what radars add, except on the arcs whose bits are set
	// in Hidden: who moves along those has too little radial speed to be seen.
	Echo   []uint32
	Hidden []uint16
	// Background is the part of Still that is counted at works for a minute at
	// most: who digs for hours where nobody looks is in no danger, yet nobody
	// crosses a work for nothing.
	Background uint32
}

// shortly is the milliseconds for which Background counts at works.
const shortly = 60_000

// at is the hazard at a node for who leaves or comes by an arc.
func (h *Hazard) at(n Node, arc int) uint32 {
	v := h.Still[n]
	if h.Echo != nil && h.Hidden[n]>>arc&1 == 0 {
		v += h.Echo[n]
	}
	return v
}

// on is the exposure, in units, of an arc that takes so many milliseconds on
// the ground and at works.
func (h *Hazard) on(from, to Node, arc int, ground, delay uint32) uint64 {
	a, b := h.at(from, arc), h.at(to, arc)
	units := exposureOf(ground, a, b)
	if delay > 0 {
		units += exposureOf(delay, a-h.Background, b-h.Background) + exposureOf(min(delay, shortly), h.Background, h.Background)
	}
	return units
}

// exposureOf is the exposure, in units, of so many milliseconds in the mean of
// two hazards; at least 1, so that no arc is free.
func exposureOf(ms, a, b uint32) uint64 {
	return uint64(ms)*(uint64(a)+uint64(b))/20_000 + 1
}
