// Command geoidgen makes geo/geoid.bin: the heights of the EGM96 geoid above
// the WGS 84 ellipsoid at every whole degree, in centimetres, from the grid of
// 15 minutes that Debian's package proj-data installs.
//
//	go run ./geo/geoidgen /usr/share/proj/egm96_15.gtx geo/geoid.bin
//
// It prints how far bilinear interpolation between whole degrees is from the
// grid it was made from. With -if-present it leaves the table alone, and says
// so, on a machine without that grid.
package main

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"math"
	"os"
)

// header begins a GTX file: big-endian, degrees, rows from the south.
type header struct {
	South, West, StepLat, StepLon float64
	Rows, Cols                    int32
}

func main() {
	log.SetFlags(0)
	ifPresent := flag.Bool("if-present", false, "leave the table alone where the grid is missing")
	flag.Parse()
	if flag.NArg() != 2 {
		log.Fatal("usage: geoidgen [-if-present] egm96_15.gtx geoid.bin")
	}
	text, err := os.ReadFile(flag.Arg(0))
	if *ifPresent && errors.Is(err, fs.ErrNotExist) {
		log.Printf("%s is not here (Debian's package proj-data has it); %s stays as it is", flag.Arg(0), flag.Arg(1))
		return
	}
	if err != nil {
		log.Fatalf("%v; it comes with Debian's package proj-data", err)
	}
	fine, err := read(text)
	if err != nil {
		log.Fatalf("%s: %v", flag.Arg(0), err)
	}
	coarse := thin(fine)
	if err := os.WriteFile(flag.Arg(1), pack(coarse), 0o644); err != nil {
		log.Fatal(err)
	}
	rms, most := compare(fine, coarse)
	fmt.Printf("%d by %d heights; against 15 minutes: RMS %.2f m, at most %.2f m\n", rows, cols, rms, most)
}

// The table that is made: from the south pole, and from 180 W.
const (
	rows, cols = 181, 360
	finer      = 4
)

func read(text []byte) ([]float32, error) {
	r := bytes.NewReader(text)
	var h header
	if err := binary.Read(r, binary.BigEndian, &h); err != nil {
		return nil, err
	}
	if h.South != -90 || h.West != -180 || h.StepLat != .25 || h.StepLon != .25 || h.Rows != finer*(rows-1)+1 || h.Cols != finer*cols {
		return nil, fmt.Errorf("unexpected grid %+v", h)
	}
	heights := make([]float32, h.Rows*h.Cols)
	return heights, binary.Read(r, binary.BigEndian, heights)
}

func thin(fine []float32) []int16 {
	coarse := make([]int16, rows*cols)
	for i := range coarse {
		coarse[i] = int16(math.Round(100 * float64(fine[i/cols*finer*cols*finer+i%cols*finer])))
	}
	return coarse
}

// pack deflates the differences between neighbours.
func pack(table []int16) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression) // the level is valid
	last := int16(0)
	for _, v := range table {
		_ = binary.Write(w, binary.LittleEndian, v-last) // into memory
		last = v
	}
	_ = w.Close()
	return b.Bytes()
}

func compare(fine []float32, coarse []int16) (rms, most float64) {
	at := func(r, c int) float64 { return float64(coarse[r*cols+c%cols]) / 100 }
	for i, h := range fine {
		r, c := i/(finer*cols), i%(finer*cols)
		fr, fc := float64(r%finer)/finer, float64(c%finer)/finer
		south := at(r/finer, c/finer)*(1-fc) + at(r/finer, c/finer+1)*fc
		north := south
		if r/finer < rows-1 {
			north = at(r/finer+1, c/finer)*(1-fc) + at(r/finer+1, c/finer+1)*fc
		}
		e := south*(1-fr) + north*fr - float64(h)
		rms += e * e
		most = max(most, math.Abs(e))
	}
	return math.Sqrt(rms / float64(len(fine))), most
}
