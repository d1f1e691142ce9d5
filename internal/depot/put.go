package depot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// Draft is a file to come.
type Draft struct {
	Label
	Owner  Viewer
	Groups []string // who may see it: some of the owner's; all of these if none are given
	Hash   string   // that the bytes must have; empty where none is claimed
	Size   int64    // of the bytes; below zero where it is not known
}

// Put takes in a file. One that its owner had put in before gets the new label and
// groups. The error wraps one of the reasons above, or is that of content.
func (d *Depot) Put(ctx context.Context, draft Draft, content io.Reader) (Item, error) {
	if err := draft.check(); err != nil {
		return Item{}, err
	}
	room, err := d.reserve(draft)
	if err != nil {
		return Item{}, err
	}
	defer d.release(draft.Owner.Name, room)
	path, it, err := d.receive(ctx, draft, room, content)
	if err != nil {
		return Item{}, err
	}
	return d.store(ctx, path, it)
}

func (draft Draft) check() error {
	if draft.Owner.Name == "" {
		return fmt.Errorf("%w: a file needs an owner", ErrInvalid)
	}
	if draft.Hash != "" && !IsHash(draft.Hash) {
		return fmt.Errorf("%w: hash %.80q; give the SHA-256 in 64 hexadecimal digits", ErrInvalid, draft.Hash)
	}
	for _, g := range draft.Groups {
		if !slices.Contains(draft.Owner.Groups, g) {
			return fmt.Errorf("%w: you are not in the group %.80q; share the file with groups of yours", ErrNotYours, g)
		}
	}
	return nil
}

// reserve sets room aside for a file that is on its way: what it says it needs,
// or all that it may take. Release gives that back.
func (d *Depot) reserve(draft Draft) (room int64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l, mine := d.opts.Limits, d.used[draft.Owner.Name]
	if mine.puts >= l.UserPuts || d.total.puts >= l.Puts {
		return 0, ErrBusy
	}
	if draft.Size > l.File {
		return 0, fmt.Errorf("%w (%d bytes at most)", ErrTooLarge, l.File)
	}
	if mine.files >= l.UserFiles || d.total.files >= l.Files {
		return 0, ErrQuota
	}
	room = min(l.File, l.User-mine.bytes, l.Total-d.total.bytes)
	if room <= 0 || draft.Size > room {
		return 0, ErrQuota
	}
	if draft.Size >= 0 {
		room = draft.Size
	}
	d.charge(draft.Owner.Name, usage{room, 1, 1})
	return room, nil
}

func (d *Depot) release(owner string, room int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.charge(owner, usage{-room, -1, -1})
}

// receive writes the bytes beside, and gives the path of that file and the item
// it will be.
func (d *Depot) receive(ctx context.Context, draft Draft, room int64, content io.Reader) (string, Item, error) {
	f, err := os.CreateTemp(d.opts.Dir, "upload"+half+"*")
	if err != nil {
		return "", Item{}, fmt.Errorf("put a file into the depot: %w", err)
	}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(reader{ctx, content}, room+1))
	if err == nil && size > room {
		err = d.tooMuch(draft, room)
	}
	hash := hex.EncodeToString(sum.Sum(nil))
	if err == nil && draft.Hash != "" && Fold(draft.Hash) != hash {
		err = fmt.Errorf("%w (claimed %s, have %s)", ErrHash, Fold(draft.Hash), hash)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(f.Name()) // the first error counts
		return "", Item{}, fmt.Errorf("put a file into the depot: %w", err)
	}
	return f.Name(), Item{Label: draft.clean(hash), Hash: hash, Size: size, Owner: draft.Owner.Name, Groups: draft.groups()}, nil
}

func (d *Depot) tooMuch(draft Draft, room int64) error {
	switch {
	case draft.Size >= 0:
		return fmt.Errorf("%w: it is longer than the %d bytes it was said to have", ErrInvalid, draft.Size)
	case room < d.opts.Limits.File:
		return ErrQuota
	}
	return fmt.Errorf("%w (%d bytes at most)", ErrTooLarge, room)
}

func (draft Draft) groups() []string {
	if len(draft.Groups) == 0 {
		return slices.Clone(draft.Owner.Groups)
	}
	return slices.Compact(slices.Sorted(slices.Values(draft.Groups)))
}

// reader ends when its context does.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// store makes the received bytes an item.
func (d *Depot) store(ctx context.Context, path string, it Item) (Item, error) {
	d.disk.Lock()
	defer d.disk.Unlock()
	if err := os.Rename(path, d.dataPath(it.Hash)); err != nil {
		_ = os.Remove(path)
		return Item{}, fmt.Errorf("put a file into the depot: %w", err)
	}
	it.Stored = d.opts.Clock().UTC()
	d.mu.Lock()
	it.N = d.next + 1
	d.next = it.N
	d.mu.Unlock()
	if err := d.tell(ctx, it); err != nil {
		return Item{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(it) // what the same owner said before
	d.remember(it)
	return it, nil
}

// tell writes the item down, and takes that back when it cannot be noted. The
// sync of the folder in write covers the renamed bytes too.
func (d *Depot) tell(ctx context.Context, it Item) error {
	err := d.write(it)
	if err == nil {
		err = d.note(ctx, KindStored, it, it.Owner)
	}
	if err != nil {
		d.takeBack(it)
	}
	return err
}

// takeBack undoes a storing that failed: what was there before is there again.
func (d *Depot) takeBack(it Item) {
	others := d.of(it.Hash)
	i := slices.IndexFunc(others, func(o Item) bool { return o.Owner == it.Owner })
	var err error
	if i >= 0 {
		err = d.write(others[i])
	} else if err = os.Remove(d.itemPath(it)); errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err != nil {
		d.opts.Log.Warn("a file that was refused stays in the depot", "hash", it.Hash, "err", err)
		return // its bytes are still spoken of
	}
	if len(others) == 0 {
		d.discard(it.Hash + dataSuffix)
	}
}
