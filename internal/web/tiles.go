package web

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vedette/internal/picture"
	"vedette/wire/mvt"
)

// tile answers with the objects of a tile that the sender may see.
func (s *Server) tile(w http.ResponseWriter, r *http.Request) {
	t, ok := tileNamed(r.PathValue("z"), r.PathValue("x"), r.PathValue("y"))
	if !ok {
		problem(w, http.StatusNotFound, "there is no such tile; give z/x/y.mvt with z from 0 to 24 and x, y below 2^z")
		return
	}
	w.Header().Set("Content-Type", "application/vnd.mapbox-vector-tile")
	w.Write(mvt.Encode(t, "objects", s.points(t, callerOf(r.Context()).groups())))
}

func tileNamed(z, x, y string) (mvt.Tile, bool) {
	y, ok := strings.CutSuffix(y, ".mvt")
	var numbers [3]uint32
	for i, text := range []string{z, x, y} {
		n, err := strconv.ParseUint(text, 10, 32)
		ok = ok && err == nil
		numbers[i] = uint32(n)
	}
	t := mvt.Tile{Z: numbers[0], X: numbers[1], Y: numbers[2]}
	return t, ok && t.Valid()
}

// rim is how much of its neighbours a tile shows, as a share of its width, so
// that symbols are not cut.
const rim = 1.0 / 32

func (s *Server) points(t mvt.Tile, groups []string) []mvt.Point {
	west, south, east, north := t.Box(rim)
	box := picture.Box{West: west, South: south, East: east, North: north}
	switch {
	case east-west >= 360:
		box.West, box.East = -180, 180
	case west < -180:
		box.West += 360
	case east > 180:
		box.East -= 360
	}
	var points []mvt.Point
	for _, obj := range s.opts.Picture.Within(box, groups) {
		points = append(points, mvt.Point{At: obj.At, Attrs: attributes(obj)})
	}
	return points
}

func attributes(obj picture.Object) []mvt.Attr {
	all := []mvt.Attr{
		{Name: "source", Text: obj.Source}, {Name: "id", Text: obj.ID}, {Name: "type", Text: obj.Type}, {Name: "label", Text: obj.Label},
		{Name: "trust", Text: string(obj.Trust)}, {Name: "open", Kind: mvt.Bool, Bool: obj.Open},
		{Name: "received_s", Kind: mvt.Number, Num: seconds(obj.Received)}, {Name: "stale_s", Kind: mvt.Number, Num: seconds(obj.Observation.Stale)},
	}
	if !math.IsNaN(obj.Course) {
		all = append(all, mvt.Attr{Name: "course_deg", Kind: mvt.Number, Num: obj.Course})
	}
	return all
}

// seconds are those since 1970.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
