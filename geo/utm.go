package geo

// Zone is one of the 120 zones of the Universal Transverse Mercator grid.
type Zone struct {
	Number int  // 1 to 60
	South  bool // false: northern hemisphere
}
