// Package examples carries the example areas inside the program, so that the
// demo needs no files beside it.
package examples

import _ "embed"

// AlQaim is the illustrative area at Al-Qaim, as an area file.
//
//go:embed al-qaim/al-qaim.area.geojson
var AlQaim []byte
