// Package depot keeps the files that users share: data packages, pictures.
//
// In go streams of bytes with a name and an owner; out come items, and the bytes
// again. A file is kept once under its SHA-256, however many have put it in, and
// each of them has an item of his own for it, a small file of JSON beside it. What
// Put has acknowledged is on disk, synced, and told to Options.Note; the bytes
// are written beside, hashed as they come, and renamed when they are whole. A
// name is a label for people and never part of a path. Nothing is unpacked.
//
// Groups are kept apart: an item is there for its owner and for who has one of
// its groups, or for everybody where it has none. For all others it does not
// exist, which shows in the errors too: they see ErrNone.
//
// Sizes are bytes. A depot bounds the size of a file, what a user has and what all
// have together, in files and in bytes, and how many are put in at a time. Its
// methods may be called by several goroutines; it starts none.
package depot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"vedette/internal/durable"
)

// The reasons not to do something.
var (
	ErrInvalid  = errors.New("depot: invalid")
	ErrHash     = errors.New("depot: the bytes do not have the hash that was claimed; send the file again")
	ErrTooLarge = errors.New("depot: the file is too large; split it, or ask for a higher limit")
	ErrQuota    = errors.New("depot: no room is left; delete files, or ask for a higher quota")
	ErrBusy     = errors.New("depot: too many files are being put in at a time; try again in a moment")
	ErrNone     = errors.New("depot: no such file; it was deleted, or is not shared with you")
	ErrNotYours = errors.New("depot: the file belongs to another; ask its owner, or an administrator")
)

// The kinds of what Options.Note is told: an Item in both cases.
const (
	KindStored  = "package.stored"
	KindRemoved = "package.removed"
)

// Limits bound what a depot holds. A field that is zero stands for its default.
type Limits struct {
	File      int64 // bytes of one file; 100 MiB
	User      int64 // bytes of one user; 1 GiB
	Total     int64 // bytes of all; 10 GiB
	UserFiles int   // 1000
	Files     int   // 10,000
	UserPuts  int   // put in at a time by one user; 3
	Puts      int   // put in at a time; 16
}

// Defaults gives the limits with every field set.
func (l Limits) Defaults() Limits {
	l.File = cmp.Or(l.File, 100<<20)
	l.User = cmp.Or(l.User, 1<<30)
	l.Total = cmp.Or(l.Total, 10<<30)
	l.UserFiles = cmp.Or(l.UserFiles, 1000)
	l.Files = cmp.Or(l.Files, 10_000)
	l.UserPuts = cmp.Or(l.UserPuts, 3)
	l.Puts = cmp.Or(l.Puts, 16)
	return l
}

// Options say where a depot is. The zero value of every field but Dir is a
// default.
type Options struct {
	Dir    string // made if missing
	Limits Limits
	// Note keeps what happened: KindStored and KindRemoved with an Item, and by
	// whom. It returns once that is synced; when it fails, nothing has happened.
	Note  func(ctx context.Context, kind string, item Item, by string) error
	Clock func() time.Time // time.Now
	Log   *slog.Logger     // slog.Default()
}

// Depot is an open depot.
type Depot struct {
	opts Options
	lock io.Closer

	disk  sync.Mutex // held while files are renamed and removed
	mu    sync.Mutex // guards what follows
	items map[string][]Item
	next  uint64
	used  map[string]usage
	total usage
}

// usage is what somebody has, with what is on its way.
type usage struct {
	bytes int64
	files int
	puts  int
}

func (u usage) plus(v usage) usage {
	return usage{u.bytes + v.bytes, u.files + v.files, u.puts + v.puts}
}

// Open opens the depot, or makes it where there is none, and removes what a
// crash has left half written. An item that cannot be read is left where it is,
// and logged. The error wraps durable.ErrLocked where another process has it.
func Open(opts Options) (*Depot, error) {
	opts.Limits = opts.Limits.Defaults()
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	opts.Log = cmp.Or(opts.Log, slog.Default())
	if err := durable.Folder(opts.Dir); err != nil {
		return nil, fmt.Errorf("open the depot: %w", err)
	}
	lock, err := durable.Lock(filepath.Join(opts.Dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("open the depot: %w", err)
	}
	d := &Depot{opts: opts, lock: lock, items: map[string][]Item{}, used: map[string]usage{}}
	if err := d.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open the depot: %w", err), lock.Close())
	}
	return d, nil
}

// Close gives the folder free.
func (d *Depot) Close() error {
	return d.lock.Close()
}

// Limits are those in force.
func (d *Depot) Limits() Limits {
	return d.opts.Limits
}

// Stats tell how full the depot is.
type Stats struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// Stats counts.
func (d *Depot) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Stats{d.total.files, d.total.bytes}
}

// List gives what a viewer may see, the oldest first.
func (d *Depot) List(v Viewer) []Item {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []Item
	for _, items := range d.items {
		for _, it := range items {
			if it.visible(v) {
				all = append(all, it)
			}
		}
	}
	slices.SortFunc(all, func(a, b Item) int { return cmp.Compare(a.N, b.N) })
	return all
}

// Find gives the item of a file that a viewer may see: his own if he has one,
// else the oldest.
func (d *Depot) Find(v Viewer, hash string) (Item, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	items := d.items[Fold(hash)]
	for _, it := range items {
		if it.Owner == v.Name {
			return it, nil
		}
	}
	for _, it := range items {
		if it.visible(v) {
			return it, nil
		}
	}
	return Item{}, ErrNone
}

// Content opens the bytes of a file that a viewer may see.
func (d *Depot) Content(v Viewer, hash string) (Item, *os.File, error) {
	it, err := d.Find(v, hash)
	if err != nil {
		return Item{}, nil, err
	}
	f, err := os.Open(d.dataPath(it.Hash))
	if errors.Is(err, os.ErrNotExist) {
		err = ErrNone // deleted meanwhile
	}
	return it, f, err
}

// Remove deletes the viewer's own item of a file, or, for an administrator who
// has none, those of all; the bytes go with the last item.
func (d *Depot) Remove(ctx context.Context, v Viewer, hash string) error {
	d.disk.Lock()
	defer d.disk.Unlock()
	own, err := d.Find(v, hash)
	switch {
	case err != nil:
		return err
	case own.Owner == v.Name:
		return d.drop(ctx, own, v.Name)
	case !v.Admin:
		return ErrNotYours
	}
	for _, it := range d.of(own.Hash) {
		if err := d.drop(ctx, it, v.Name); err != nil {
			return err
		}
	}
	return nil
}

// of gives a copy of the items of a file.
func (d *Depot) of(hash string) []Item {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.items[hash])
}

// drop deletes one item; disk is held.
func (d *Depot) drop(ctx context.Context, it Item, by string) error {
	if err := d.note(ctx, KindRemoved, it, by); err != nil {
		return err
	}
	if err := durable.Remove(d.itemPath(it)); err != nil {
		return fmt.Errorf("delete %s from the depot: %w", it.Hash, err)
	}
	d.mu.Lock()
	d.forget(it)
	last := len(d.items[it.Hash]) == 0
	d.mu.Unlock()
	if last {
		d.discard(it.Hash + dataSuffix)
	}
	return nil
}

// discard removes bytes that belong to no item. What cannot be removed now is at
// the next start.
func (d *Depot) discard(name string) {
	if err := os.Remove(filepath.Join(d.opts.Dir, name)); err != nil {
		d.opts.Log.Warn("a file that nobody needs stays until the next start", "file", name, "err", err)
	}
}

// Relabel changes what an owner says of his file: change is given the label and
// alters it.
func (d *Depot) Relabel(v Viewer, hash string, change func(*Label)) (Item, error) {
	d.disk.Lock()
	defer d.disk.Unlock()
	it, err := d.Find(v, hash)
	if err != nil {
		return Item{}, err
	}
	if it.Owner != v.Name {
		return Item{}, ErrNotYours
	}
	it.Keywords = slices.Clone(it.Keywords)
	change(&it.Label)
	it.Label = it.clean(it.Hash)
	if err := d.write(it); err != nil {
		return Item{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(it)
	d.remember(it)
	return it, nil
}

func (d *Depot) note(ctx context.Context, kind string, it Item, by string) error {
	if d.opts.Note == nil {
		return nil
	}
	if err := d.opts.Note(ctx, kind, it, by); err != nil {
		return fmt.Errorf("write down what happens to %s: %w", it.Hash, err)
	}
	return nil
}

// remember takes an item into the index; mu is held, or nobody else is there yet.
func (d *Depot) remember(it Item) {
	items := append(slices.Clone(d.items[it.Hash]), it)
	slices.SortFunc(items, func(a, b Item) int { return cmp.Compare(a.N, b.N) })
	d.items[it.Hash] = items
	d.charge(it.Owner, usage{bytes: it.Size, files: 1})
	d.next = max(d.next, it.N)
}

// forget takes an item out of the index, if it is there; mu is held.
func (d *Depot) forget(it Item) {
	items := d.items[it.Hash]
	i := slices.IndexFunc(items, func(o Item) bool { return o.Owner == it.Owner })
	if i < 0 {
		return
	}
	d.charge(it.Owner, usage{bytes: -items[i].Size, files: -1})
	if len(items) == 1 {
		delete(d.items, it.Hash)
		return
	}
	d.items[it.Hash] = slices.Delete(slices.Clone(items), i, i+1)
}

// charge changes what somebody uses; mu is held.
func (d *Depot) charge(owner string, by usage) {
	d.total = d.total.plus(by)
	now := d.used[owner].plus(by)
	if now == (usage{}) {
		delete(d.used, owner)
		return
	}
	d.used[owner] = now
}

func (d *Depot) dataPath(hash string) string {
	return filepath.Join(d.opts.Dir, hash+dataSuffix)
}

func (d *Depot) itemPath(it Item) string {
	return filepath.Join(d.opts.Dir, it.file())
}
