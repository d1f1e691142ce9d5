// Package hgt reads one-degree tiles of heights: SRTM .hgt and DTED levels 0
// to 2, plain or packed with gzip or zip.
//
// In goes a path, out comes a grid.Source in longitude and latitude on WGS 84
// with heights in metres above mean sea level (SRTM: the EGM96 geoid). A height stands for a post, and posts lie at whole seconds of arc: the frame
// is moved by half a cell, so that the centre of a cell is its post and the
// outermost posts lie on the edges of the degree. Neighbours therefore have
// their common row or column twice. A void is NaN.
//
// Nothing of a plain file is kept. A packed one is unpacked when it is first
// read, an .hgt not by Open, into at most 26 MB, which stay until Release or
// Close. Whatever a file says
// of itself, no more is read or allocated than the largest tile takes.
package hgt

import (
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"strings"

	"vedette/grid"
)

// Info is what a tile says of itself.
type Info struct {
	Format  string  // SRTM1, SRTM3, DTED0, DTED1 or DTED2
	Lat     float64 // of the south-west post, degrees
	Lon     float64
	StepLat float64 // posting, arc seconds
	StepLon float64 // wider than StepLat in DTED beyond 50 degrees of latitude
	CRS     grid.CRS
	Packing string // gzip, zip or none
}

// File is an open tile. It may be read from several goroutines at once.
type File struct {
	path   string
	info   Info
	frame  grid.Frame
	posts  posts
	packed *packed // nil for a plain file
	closer io.Closer
	tally  tally
}

var _ grid.Source = (*File)(nil)

// posts are the heights of a tile, however they are laid out.
type posts interface {
	// read fills dst row by row with the posts of r, which lies in the tile.
	read(dst []float32, r image.Rectangle) error
}

// Open opens a tile: NAME.hgt, .dt0, .dt1 or .dt2, as it is, as .gz of it, or
// as a .zip that holds one of them. The place of an .hgt is in its name, like
// N34E041 for the south-west corner at 34 N 41 E, in capitals or not; DTED
// tells its place in its header.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t, err := openFile(path, f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return t, nil
}

func openFile(path string, f *os.File) (*File, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("path: is not a file; name one tile, like N34E041.hgt")
	}
	t, err := newFile(filepath.Base(path), f, st.Size())
	if err != nil {
		return nil, err
	}
	t.path, t.closer = path, f
	return t, nil
}

// newFile opens the tile in r, whose file is called name.
func newFile(name string, r io.ReaderAt, size int64) (*File, error) {
	var err error
	t := &File{info: Info{Packing: "none"}}
	switch extension(name) {
	case ".gz":
		t.info.Packing = "gzip"
		t.packed, err = openGzip(name, r, size)
	case ".zip":
		t.info.Packing = "zip"
		t.packed, err = openZip(r, size)
	}
	if err != nil {
		return nil, err
	}
	if t.packed != nil {
		name, r, size = t.packed.name, t.packed, t.packed.size
	}
	if err := t.lay(name, r, size); err != nil {
		return nil, err
	}
	return t, nil
}

// lay reads the header of an unpacked tile, or its name.
func (t *File) lay(name string, r io.ReaderAt, size int64) (err error) {
	switch extension(name) {
	case ".hgt":
		t.posts, err = openSRTM(name, r, size, &t.info)
	case ".dt0", ".dt1", ".dt2":
		t.posts, err = openDTED(r, size, &t.info)
	default:
		err = fmt.Errorf("name: %q is no tile of heights; read are .hgt, .dt0, .dt1 and .dt2, as they are or in .gz or .zip", name)
	}
	if err == nil {
		t.info.CRS = grid.WGS84
		t.frame = frame(t.info)
	}
	return err
}

func extension(name string) string { return strings.ToLower(filepath.Ext(name)) }

// frame lays cells around the posts of one degree.
func frame(i Info) grid.Frame {
	f := grid.Frame{
		CRS: i.CRS,
		DX:  i.StepLon / 3600, DY: i.StepLat / 3600,
		Cols: int(3600/i.StepLon+.5) + 1, Rows: int(3600/i.StepLat+.5) + 1,
	}
	f.X0, f.Y0 = i.Lon-f.DX/2, i.Lat+1+f.DY/2
	return f
}

// Info tells what the file says of itself.
func (t *File) Info() Info { return t.info }

// Frame lays the posts on the ground.
func (t *File) Frame() grid.Frame { return t.frame }

// Read fills dst, row by row, with the heights of the posts of r, which lies
// inside the frame. DTED is kept column by column, and the first Read of a
// column reads it whole to verify its checksum: wide windows of few rows cost
// one access of the disk per column.
func (t *File) Read(dst []float32, r image.Rectangle) error {
	if !r.In(t.frame.Bounds()) {
		return fmt.Errorf("read %s: window: %v lies outside the tile's %d x %d posts", t.path, r, t.frame.Cols, t.frame.Rows)
	}
	if len(dst) < r.Dx()*r.Dy() {
		return fmt.Errorf("read %s: window: %v needs %d values and has room for %d", t.path, r, r.Dx()*r.Dy(), len(dst))
	}
	if r.Empty() {
		return nil
	}
	if err := t.posts.read(dst, r); err != nil {
		return fmt.Errorf("read %s: %w", t.path, err)
	}
	return nil
}

// Release lets go of what a packed tile has unpacked; the next Read unpacks it
// again. A plain tile holds nothing.
func (t *File) Release() {
	if t.packed != nil {
		t.packed.release()
	}
}

// Close closes the file and lets go of what it has unpacked.
func (t *File) Close() error {
	t.Release()
	return t.closer.Close()
}
