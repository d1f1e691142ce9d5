package depot

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"vedette/internal/durable"
)

var (
	anna = Viewer{Name: "anna", Groups: []string{"red"}}
	ben  = Viewer{Name: "ben", Groups: []string{"red", "blue"}}
	carl = Viewer{Name: "carl", Groups: []string{"blue"}}
	dora = Viewer{Name: "dora"}
	root = Viewer{Name: "root", Admin: true}
)

func open(t testing.TB, opts Options) *Depot {
	t.Helper()
	if opts.Dir == "" {
		opts.Dir = filepath.Join(t.TempDir(), "depot")
	}
	opts.Log = slog.New(slog.DiscardHandler)
	d, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func hashOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func draft(v Viewer, content string) Draft {
	return Draft{Label: Label{Name: "a.zip", Tool: "public"}, Owner: v, Hash: hashOf(content), Size: int64(len(content))}
}

func put(t testing.TB, d *Depot, v Viewer, content string) Item {
	t.Helper()
	it, err := d.Put(context.Background(), draft(v, content), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// files gives the names in the depot's folder but that of the lock.
func files(t rapid.TB, d *Depot) []string {
	t.Helper()
	entries, err := os.ReadDir(d.opts.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.Name() != "lock" {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestWhatIsPutInComesOutAgain(t *testing.T) {
	d := open(t, Options{})
	it := put(t, d, anna, "hello")
	if it.Hash != hashOf("hello") || it.Size != 5 || it.Owner != "anna" || it.Stored.IsZero() || !slices.Equal(it.Groups, anna.Groups) {
		t.Errorf("the item is %+v", it)
	}
	got, f, err := d.Content(ben, strings.ToUpper(it.Hash))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	content, err := io.ReadAll(f)
	if err != nil || string(content) != "hello" || got.N != it.N {
		t.Errorf("read %q of item %d, %v", content, got.N, err)
	}
}

func TestSizesNeedNotBeKnown(t *testing.T) {
	d := open(t, Options{})
	dr := draft(anna, "hello")
	dr.Size, dr.Hash = -1, ""
	it, err := d.Put(context.Background(), dr, iotest.OneByteReader(strings.NewReader("hello")))
	if err != nil || it.Hash != hashOf("hello") {
		t.Errorf("%+v, %v", it, err)
	}
}

func TestRefusedFilesLeaveNothing(t *testing.T) {
	limits := Limits{File: 10, User: 14, Total: 20, UserFiles: 3, Files: 4}
	wrong := draft(dora, "hello")
	wrong.Hash = hashOf("other")
	long := draft(dora, "hello")
	long.Size = 3
	unknown := draft(dora, "longer than ten")
	unknown.Size = -1
	shape := draft(dora, "hello")
	shape.Hash = "../../etc/passwd"
	group := draft(anna, "hello")
	group.Groups = []string{"blue"}
	for _, c := range []struct {
		name  string
		draft Draft
		body  io.Reader
		want  error
	}{
		{"the bytes are not those of the hash", wrong, strings.NewReader("hello"), ErrHash},
		{"the hash is a path", shape, strings.NewReader("hello"), ErrInvalid},
		{"more comes than was said", long, strings.NewReader("hello"), ErrInvalid},
		{"a file is too large and says so", draft(dora, "longer than ten"), strings.NewReader("longer than ten"), ErrTooLarge},
		{"a file is too large and does not say so", unknown, strings.NewReader("longer than ten"), ErrTooLarge},
		{"the group is that of others", group, strings.NewReader("hello"), ErrNotYours},
		{"nobody owns it", Draft{Size: 1}, strings.NewReader("x"), ErrInvalid},
		{"the sender breaks off", draft(dora, "hello"), io.MultiReader(strings.NewReader("he"), iotest.ErrReader(io.ErrUnexpectedEOF)), io.ErrUnexpectedEOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, Options{Limits: limits})
			_, err := d.Put(context.Background(), c.draft, c.body)
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if left := files(t, d); len(left) > 0 || len(d.used) > 0 || d.total != (usage{}) {
				t.Errorf("left: %v, used %v", left, d.used)
			}
		})
	}
}

func TestQuotasHold(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits Limits
		want   error
	}{
		{"bytes of a user", Limits{User: 8}, ErrQuota},
		{"bytes of all", Limits{Total: 8}, ErrQuota},
		{"files of a user", Limits{UserFiles: 1}, ErrQuota},
		{"files of all", Limits{Files: 1}, ErrQuota},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, Options{Limits: c.limits})
			first := put(t, d, anna, "hello")
			for _, size := range []int64{5, -1} {
				dr := draft(anna, "world")
				dr.Size = size
				if _, err := d.Put(context.Background(), dr, strings.NewReader("world")); !errors.Is(err, c.want) {
					t.Errorf("size %d: %v, want %v", size, err, c.want)
				}
			}
			if err := d.Remove(context.Background(), anna, first.Hash); err != nil {
				t.Fatal(err)
			}
			put(t, d, anna, "world") // there is room again
		})
	}
}

func TestRoomIsSetAsideForWhatIsOnItsWay(t *testing.T) {
	d := open(t, Options{Limits: Limits{User: 8, UserPuts: 2, Puts: 3}})
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := d.Put(context.Background(), draft(anna, "hello"), r)
		done <- err
	}()
	if _, err := w.Write([]byte("he")); err != nil { // the put has begun
		t.Fatal(err)
	}
	if _, err := d.Put(context.Background(), draft(anna, "world"), strings.NewReader("world")); !errors.Is(err, ErrQuota) {
		t.Errorf("a second file: %v", err)
	}
	d.charge("anna", usage{puts: 1})
	if _, err := d.Put(context.Background(), draft(anna, "x"), strings.NewReader("x")); !errors.Is(err, ErrBusy) {
		t.Errorf("a third file at a time: %v", err)
	}
	put(t, d, carl, "world") // another user is not in the way
	if _, err := w.Write([]byte("llo")); err != nil {
		t.Fatal(err)
	}
	_ = w.Close() // a pipe's never fails
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestGroupsAreKeptApart(t *testing.T) {
	d := open(t, Options{})
	it := put(t, d, anna, "red only")
	put(t, d, dora, "for all")
	for _, c := range []struct {
		v    Viewer
		sees bool
		list int
	}{{anna, true, 2}, {ben, true, 2}, {carl, false, 1}, {dora, false, 1}, {root, true, 2}} {
		_, err := d.Find(c.v, it.Hash)
		if (err == nil) != c.sees || (err != nil && !errors.Is(err, ErrNone)) {
			t.Errorf("%s finds it: %v", c.v.Name, err)
		}
		if n := len(d.List(c.v)); n != c.list {
			t.Errorf("%s sees %d items, want %d", c.v.Name, n, c.list)
		}
	}
	dr := draft(ben, "blue only")
	dr.Groups = []string{"blue", "blue"}
	if _, err := d.Put(context.Background(), dr, strings.NewReader("blue only")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Find(anna, dr.Hash); !errors.Is(err, ErrNone) {
		t.Errorf("anna finds what was for blue: %v", err)
	}
	if _, err := d.Find(carl, dr.Hash); err != nil {
		t.Errorf("carl does not find what was for blue: %v", err)
	}
}

func TestTheSameBytesOfTwoOwners(t *testing.T) {
	d := open(t, Options{})
	a, c := put(t, d, anna, "same"), put(t, d, carl, "same")
	if a.Hash != c.Hash || len(files(t, d)) != 3 {
		t.Fatalf("files: %v", files(t, d))
	}
	if err := d.Remove(context.Background(), anna, a.Hash); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Find(anna, a.Hash); !errors.Is(err, ErrNone) {
		t.Errorf("anna still finds it: %v", err)
	}
	_, f, err := d.Content(carl, c.Hash)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	if err := d.Remove(context.Background(), carl, c.Hash); err != nil {
		t.Fatal(err)
	}
	if left := files(t, d); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestOnlyOwnersAndAdministratorsDelete(t *testing.T) {
	var told []string
	note := func(_ context.Context, kind string, it Item, by string) error {
		told = append(told, kind+" "+it.Owner+" "+by)
		return nil
	}
	d := open(t, Options{Note: note})
	it := put(t, d, anna, "hello")
	put(t, d, carl, "hello")
	for _, c := range []struct {
		v    Viewer
		hash string
		want error
	}{{ben, it.Hash, ErrNotYours}, {dora, it.Hash, ErrNone}, {root, hashOf("other"), ErrNone}, {root, it.Hash, nil}, {root, it.Hash, ErrNone}} {
		if err := d.Remove(context.Background(), c.v, c.hash); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.v.Name, err, c.want)
		}
	}
	want := []string{"package.stored anna anna", "package.stored carl carl", "package.removed anna root", "package.removed carl root"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
	if left := files(t, d); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestWhatCannotBeNotedDoesNotHappen(t *testing.T) {
	full := errors.New("the journal is full")
	var fail error
	d := open(t, Options{Note: func(context.Context, string, Item, string) error { return fail }})
	kept := put(t, d, anna, "kept")
	fail = full
	if _, err := d.Put(context.Background(), draft(anna, "new"), strings.NewReader("new")); !errors.Is(err, full) {
		t.Errorf("put: %v", err)
	}
	again := draft(anna, "kept")
	again.Name = "other.zip"
	if _, err := d.Put(context.Background(), again, strings.NewReader("kept")); !errors.Is(err, full) {
		t.Errorf("put again: %v", err)
	}
	if err := d.Remove(context.Background(), anna, kept.Hash); !errors.Is(err, full) {
		t.Errorf("remove: %v", err)
	}
	d = reopen(t, d)
	if items := d.List(root); len(items) != 1 || items[0].Name != "a.zip" || len(files(t, d)) != 2 {
		t.Errorf("%+v, %v", items, files(t, d))
	}
}

func TestOwnersRelabel(t *testing.T) {
	d := open(t, Options{})
	it := put(t, d, anna, "hello")
	change := func(l *Label) { l.Tool = "private"; l.Name = "../x\x00.zip"; l.Keywords = []string{"a", "a", ""} }
	if _, err := d.Relabel(ben, it.Hash, change); !errors.Is(err, ErrNotYours) {
		t.Errorf("ben: %v", err)
	}
	if _, err := d.Relabel(carl, it.Hash, change); !errors.Is(err, ErrNone) {
		t.Errorf("carl: %v", err)
	}
	if _, err := d.Relabel(anna, it.Hash, change); err != nil {
		t.Fatal(err)
	}
	d = reopen(t, d)
	got, err := d.Find(ben, it.Hash)
	if err != nil || got.Tool != "private" || got.Name != "x.zip" || !slices.Equal(got.Keywords, []string{"a"}) || got.N != it.N {
		t.Errorf("%+v, %v", got, err)
	}
	if d.Stats() != (Stats{1, 5}) {
		t.Errorf("%+v", d.Stats())
	}
}

func reopen(t testing.TB, d *Depot) *Depot {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, Options{Dir: d.opts.Dir, Limits: d.opts.Limits, Note: d.opts.Note})
}

func TestOpenClearsUpAndLeavesDamageAside(t *testing.T) {
	d := open(t, Options{})
	good, torn, short, moved := put(t, d, anna, "good"), put(t, d, anna, "torn"), put(t, d, anna, "short"), put(t, d, anna, "moved")
	dir := d.opts.Dir
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("upload.new-1", "half")
	write(hashOf("orphan")+dataSuffix, "orphan")
	write(torn.file(), `{"name":"a.zip"`)
	write(short.Hash+dataSuffix, "sh")
	moved.Owner = "mallory"
	write(moved.file(), `{"name":"a.zip","sha256":"`+moved.Hash+`","bytes":5,"owner":"anna","stored":"2026-01-01T00:00:00Z","n":9}`)
	d = reopen(t, d)
	var names []string
	for _, it := range d.List(root) {
		names = append(names, it.Hash+it.Owner)
	}
	if !slices.Equal(names, []string{good.Hash + "anna", moved.Hash + "anna"}) {
		t.Errorf("items: %v", names)
	}
	left := files(t, d)
	if slices.Contains(left, "upload.new-1") || slices.Contains(left, hashOf("orphan")+dataSuffix) {
		t.Errorf("left: %v", left)
	}
	if !slices.Contains(left, torn.Hash+dataSuffix) || !slices.Contains(left, torn.file()) {
		t.Errorf("what is damaged was removed: %v", left)
	}
	put(t, d, anna, "torn") // putting it in again mends it
	if _, err := d.Find(anna, torn.Hash); err != nil {
		t.Error(err)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	d := open(t, Options{})
	if _, err := Open(Options{Dir: d.opts.Dir}); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("%v", err)
	}
}

func TestAPutEndsWithItsContext(t *testing.T) {
	d := open(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	endless := readerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil })
	dr := draft(anna, "")
	dr.Size, dr.Hash = -1, ""
	if _, err := d.Put(ctx, dr, endless); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if left := files(t, d); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestManyAtATime(t *testing.T) {
	d := open(t, Options{Limits: Limits{UserPuts: 20, Puts: 20}})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			v := []Viewer{anna, ben, carl, dora}[i%4]
			content := fmt.Sprint(i % 5)
			for range 5 {
				if _, err := d.Put(context.Background(), draft(v, content), strings.NewReader(content)); err != nil {
					t.Error(err)
				}
				d.List(v)
				if err := d.Remove(context.Background(), v, hashOf(content)); err != nil && !errors.Is(err, ErrNone) && !errors.Is(err, ErrNotYours) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, it := range d.List(root) {
		if err := d.checkData(it); err != nil {
			t.Error(err)
		}
	}
}

// TestADepotIsWhatAMapIs draws what users do and compares with a map, over
// restarts too.
func TestADepotIsWhatAMapIs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		d := open(t, Options{Dir: dir})
		model := map[string]int{} // "owner content" -> size
		for range rapid.IntRange(1, 10).Draw(rt, "steps") {
			v, content := drawUser(rt), drawContent(rt)
			key := v.Name + " " + content
			switch rapid.SampledFrom([]string{"put", "put", "remove", "reopen"}).Draw(rt, "step") {
			case "put":
				put(t, d, v, content)
				model[key] = len(content)
			case "remove":
				err := d.Remove(context.Background(), v, hashOf(content))
				if _, had := model[key]; had != (err == nil) {
					rt.Fatalf("remove: %v, had %v", err, had)
				}
				delete(model, key)
			case "reopen":
				d = reopen(t, d)
			}
			compare(rt, d, model)
		}
		_ = d.Close()
	})
}

func compare(rt *rapid.T, d *Depot, model map[string]int) {
	var bytes int64
	contents := map[string]bool{}
	for key, size := range model {
		_, content, _ := strings.Cut(key, " ")
		contents[content] = true
		bytes += int64(size)
	}
	if got := d.Stats(); got != (Stats{len(model), bytes}) {
		rt.Fatalf("%+v, want %d files of %d bytes", got, len(model), bytes)
	}
	if got := len(files(rt, d)); got != len(model)+len(contents) {
		rt.Fatalf("%d files on disk, want %d", got, len(model)+len(contents))
	}
	if len(d.List(root)) != len(model) || len(d.used) > len(model) {
		rt.Fatalf("lists %d items, uses %v", len(d.List(root)), d.used)
	}
}

func drawUser(rt *rapid.T) Viewer {
	return rapid.SampledFrom([]Viewer{anna, ben, carl, dora}).Draw(rt, "user")
}

func drawContent(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"", "a", "bb", "ccc"}).Draw(rt, "content")
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"a.zip", "../../etc/passwd", `C:\boot.ini`, "..", ".bashrc", "a\x00b", "\u202egpj.exe", strings.Repeat("é", 200), "CON:", "a/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name := Label{Name: s}.clean(hashOf(s)).Name
		if name == "" || len(name) > MaxName || strings.ContainsAny(name, "/\\\x00\r\n\"") || strings.HasPrefix(name, ".") {
			t.Errorf("%q became %q", s, name)
		}
		if again := cleanName(name); again != name {
			t.Errorf("%q became %q, and that %q", s, name, again)
		}
	})
}

func FuzzItems(f *testing.F) {
	f.Add([]byte(`{"name":"a.zip","sha256":"` + hashOf("x") + `","bytes":5,"owner":"anna","groups":["red"],"stored":"2026-01-01T00:00:00Z","n":9}`))
	f.Add([]byte(`{"name":"../a","owner":""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		it, err := decode(text)
		if err != nil {
			return
		}
		if !fileForm.MatchString(it.file()) || strings.ContainsAny(it.Name, `/\`) {
			t.Errorf("%q was read as %+v", text, it)
		}
	})
}

func BenchmarkPut(b *testing.B) {
	d := open(b, Options{})
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	b.SetBytes(int64(len(content)))
	for i := range b.N {
		content[0] = byte(i)
		if _, err := d.Put(context.Background(), Draft{Owner: anna, Size: int64(len(content))}, bytes.NewReader(content)); err != nil {
			b.Fatal(err)
		}
	}
}
