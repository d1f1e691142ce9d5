package depot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"vedette/internal/durable"
	"vedette/internal/tactical"
)

// The bounds of what is said of a file, in bytes where nothing else is said.
const (
	MaxName     = 160
	MaxType     = 100
	MaxTool     = 32
	MaxCreator  = 256
	MaxKeywords = 32
	MaxKeyword  = 64
)

// Label is what the owner says of a file. It is cut to its bounds, and what cannot
// be printed is left out.
type Label struct {
	Name     string   `json:"name"` // without folders
	Type     string   `json:"type,omitempty"`
	Tool     string   `json:"tool,omitempty"` // public or private, as TAK has it
	Keywords []string `json:"keywords,omitempty"`
	Creator  string   `json:"creator,omitempty"` // uid of the device
}

// Item is a file as one owner has put it in.
type Item struct {
	Label
	Hash   string    `json:"sha256"`
	Size   int64     `json:"bytes"`
	Owner  string    `json:"owner"`
	Groups []string  `json:"groups,omitempty"` // who may see it; none for all
	Stored time.Time `json:"stored"`
	N      uint64    `json:"n"` // counts up, in the order of storing
}

// Viewer is who asks.
type Viewer struct {
	Name   string
	Groups []string
	Admin  bool // sees all, and may delete all
}

func (it Item) visible(v Viewer) bool {
	if v.Admin || it.Owner == v.Name || len(it.Groups) == 0 {
		return true
	}
	return slices.ContainsFunc(it.Groups, func(g string) bool { return slices.Contains(v.Groups, g) })
}

// IsHash tells whether a text is a SHA-256 in hexadecimal digits.
func IsHash(s string) bool {
	return hashForm.MatchString(Fold(s))
}

// Fold gives a hash as the depot writes it.
func Fold(hash string) string {
	return strings.ToLower(hash)
}

var (
	hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
	fileForm = regexp.MustCompile(`^([0-9a-f]{64})-[0-9a-f]{16}\.json$`)
)

const (
	dataSuffix = ".data"
	half       = ".new-"  // in the name of a file that is being written, as in durable's
	maxItem    = 64 << 10 // bytes of an item's file
)

// file is the name of the file that holds the item.
func (it Item) file() string {
	owner := sha256.Sum256([]byte(it.Owner))
	return it.Hash + "-" + hex.EncodeToString(owner[:8]) + ".json"
}

// clean bounds a label. A file without a usable name is called by its hash.
func (l Label) clean(hash string) Label {
	l.Name = cleanName(l.Name)
	if l.Name == "" {
		l.Name = hash[:16]
	}
	l.Type = tactical.Printable(l.Type, MaxType)
	l.Tool = tactical.Printable(l.Tool, MaxTool)
	l.Creator = tactical.Printable(l.Creator, MaxCreator)
	var words []string
	for _, w := range l.Keywords {
		w = tactical.Printable(w, MaxKeyword)
		if w != "" && !slices.Contains(words, w) && len(words) < MaxKeywords {
			words = append(words, w)
		}
	}
	l.Keywords = words
	return l
}

// cleanName leaves of a path its last part, without what another system may read
// as more than a name.
func cleanName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, tactical.Printable(name, MaxName))
	return strings.TrimLeft(strings.TrimRight(name, ". "), ". ")
}

// write puts the item's own file on disk.
func (d *Depot) write(it Item) error {
	text, err := json.Marshal(it)
	if err == nil {
		err = durable.Write(d.itemPath(it), text)
	}
	if err != nil {
		return fmt.Errorf("write what is known of %s: %w", it.Hash, err)
	}
	return nil
}

// load reads the items, and removes bytes that belong to none and what a crash has
// left half written.
func (d *Depot) load() error {
	entries, err := os.ReadDir(d.opts.Dir)
	if err != nil {
		return err
	}
	held := map[string]bool{} // hashes with an item, a damaged one too
	for _, e := range entries {
		if m := fileForm.FindStringSubmatch(e.Name()); m != nil {
			held[m[1]] = true
			d.take(e.Name())
		}
	}
	for _, e := range entries {
		hash, data := strings.CutSuffix(e.Name(), dataSuffix)
		if data && IsHash(hash) && !held[hash] || strings.Contains(e.Name(), half) {
			d.discard(e.Name())
		}
	}
	return nil
}

// take reads one item into the index, or leaves it aside.
func (d *Depot) take(name string) {
	it, err := d.read(name)
	if err != nil {
		d.opts.Log.Warn("a file of the depot is left aside; restore it from a backup", "item", name, "err", err)
		return
	}
	d.remember(it)
}

func (d *Depot) read(name string) (Item, error) {
	text, err := durable.Read(filepath.Join(d.opts.Dir, name), maxItem)
	if err != nil {
		return Item{}, err
	}
	it, err := decode(text)
	if err != nil {
		return Item{}, err
	}
	if it.file() != name {
		return Item{}, errors.New("it is not what its name says")
	}
	return it, d.checkData(it)
}

func (d *Depot) checkData(it Item) error {
	info, err := os.Lstat(d.dataPath(it.Hash))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("its bytes are missing")
	case err != nil:
		return err
	case !info.Mode().IsRegular() || info.Size() != it.Size:
		return fmt.Errorf("its bytes are %d and not %d", info.Size(), it.Size)
	}
	return nil
}

// decode reads an item strictly.
func decode(text []byte) (Item, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var it Item
	if err := dec.Decode(&it); err != nil {
		return Item{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Item{}, errors.New("there is something behind it")
	}
	return it, it.check()
}

func (it Item) check() error {
	switch {
	case !hashForm.MatchString(it.Hash):
		return fmt.Errorf("sha256 %.80q is none", it.Hash)
	case it.Size < 0:
		return fmt.Errorf("bytes: %d is below zero", it.Size)
	case it.Owner == "":
		return errors.New("owner is missing")
	case cleanName(it.Name) != it.Name || it.Name == "":
		return fmt.Errorf("name %.80q is none for a file", it.Name)
	}
	return nil
}
