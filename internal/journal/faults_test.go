package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The test program runs itself as a child that can be killed or traced; the
// child's folder and what it does stand in these variables.
const (
	childDir  = "JOURNAL_CHILD_DIR"
	childTask = "JOURNAL_CHILD_TASK"
)

func TestMain(m *testing.M) {
	if task := os.Getenv(childTask); task != "" {
		if err := child(os.Getenv(childDir), task); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child appends and writes every acknowledged id to its output at once: "load"
// goes on until it is killed, four goroutines appending three events at a time
// and every third batch a second time; "few" appends some events singly and some
// in batches, one after the other.
func child(dir, task string) error {
	opts := quiet(dir)
	j, err := Open(context.Background(), opts)
	if err != nil {
		return err
	}
	defer j.Close()
	if task == "few" {
		return few(j)
	}
	var wg sync.WaitGroup
	start := strconv.FormatInt(time.Now().UnixNano(), 36)
	for g := range 4 {
		wg.Go(func() { load(j, fmt.Sprintf("%s-%d", start, g)) })
	}
	wg.Wait()
	return errors.New("the load ended")
}

func load(j *Journal, name string) {
	for i := 0; ; i++ {
		all := events(fmt.Sprintf("%s-%d", name, i-i%3/2), 3) // 0 1 1 3 4 4
		if _, err := j.Events.Append(context.Background(), all...); err != nil {
			return
		}
		fmt.Println("acked", all[0].ID, all[1].ID, all[2].ID)
	}
}

func few(j *Journal) error {
	for i := range 20 {
		all := events(fmt.Sprintf("few-%02d", i), 1+i%2*9)
		if _, err := j.Events.Append(context.Background(), all...); err != nil {
			return err
		}
		for _, e := range all {
			fmt.Printf("acked %s.\n", e.ID)
		}
	}
	return nil
}

func childCommand(dir, task string, before ...string) *exec.Cmd {
	args := append(before, os.Args[0], "-test.run=^$")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childDir+"="+dir, childTask+"="+task)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestKilledInTheMiddleOfLoad kills the process without warning, again and
// again in one folder; VEDETTE_KILLS says how often, otherwise five times.
func TestKilledInTheMiddleOfLoad(t *testing.T) {
	kills := 5
	if s := os.Getenv("VEDETTE_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	acked := map[string]bool{}
	for i := range kills {
		for _, id := range killed(t, dir, time.Duration(100+37*i%300)*time.Millisecond) {
			acked[id] = true
		}
		checkKept(t, dir, acked)
	}
	if len(acked) < 10*kills {
		t.Errorf("only %d events were acknowledged in %d runs; this is no load", len(acked), kills)
	}
	t.Logf("%d kills, %d events acknowledged", kills, len(acked))
}

// killed lets a child load the journal for some time after its first
// acknowledgement, kills it, and gives the ids it was told are kept.
func killed(t *testing.T, dir string, after time.Duration) []string {
	t.Helper()
	cmd := childCommand(dir, "load")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	first, err := r.ReadString('\n')
	if err != nil {
		t.Fatal("the child acknowledged nothing")
	}
	time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	var ids []string
	for line := range strings.Lines(first + string(rest)) {
		if words := strings.Fields(line); strings.HasSuffix(line, "\n") && len(words) == 4 {
			ids = append(ids, words[1:]...)
		}
	}
	return ids
}

// checkKept opens the folder and sees that every acknowledged id is there, none
// twice, and batches of three whole and together.
func checkKept(t *testing.T, dir string, acked map[string]bool) {
	t.Helper()
	opts := quiet(dir)
	opts.Remember = 1_000_000
	j, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, j)
	if c := j.State(); c.State != Ready {
		t.Fatalf("state %v: %v", c.State, c.Err)
	}
	all := replay(t, j.Events, 1)
	seen := map[string]bool{}
	for i, r := range all {
		if seen[r.ID] {
			t.Errorf("%s is there twice", r.ID)
		}
		seen[r.ID] = true
		if want := fmt.Sprintf("-%d", i%3); !strings.HasSuffix(r.ID, want) {
			t.Fatalf("event %d is %s: a batch is not whole", i, r.ID)
		}
	}
	for id := range acked {
		if !seen[id] {
			t.Errorf("%s was acknowledged and is gone", id)
		}
	}
}

// TestNoAcknowledgementLeavesBeforeItsSync watches the system calls of a child:
// every event must have been written to a block of the stream, and that file
// synced with success, before the child tells that it was acknowledged.
// VEDETTE_STRACE=required makes a missing strace a failure.
func TestNoAcknowledgementLeavesBeforeItsSync(t *testing.T) {
	trace := traced(t)
	w := newWatch(t)
	for line := range strings.Lines(trace) {
		w.see(line)
	}
	if w.acked != 10+10*10 {
		t.Errorf("%d acknowledgements were seen in the trace, want 110", w.acked)
	}
}

func traced(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil || runtime.GOOS != "linux" {
		if os.Getenv("VEDETTE_STRACE") == "required" {
			t.Fatal("strace is required and not there: apt-get install strace")
		}
		t.Skip("NOT TESTED: the order of sync and acknowledgement needs strace (apt-get install strace)")
	}
	out := filepath.Join(t.TempDir(), "trace")
	cmd := childCommand(t.TempDir(), "few", "strace", "-f", "-y", "-s", "65536", "-o", out,
		"-e", "trace=write,pwrite64,fsync,fdatasync")
	if err := cmd.Run(); err != nil {
		t.Fatalf("strace: %v; a container may forbid it: allow ptrace", err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// watch follows a trace: which ids are in which file and not yet synced.
type watch struct {
	t       *testing.T
	unsaved map[string][]string // by file, ids written and not synced
	saved   map[string]bool
	pending map[string]string // by thread, the file that is being synced
	syncing map[string][]string
	acked   int
}

func newWatch(t *testing.T) *watch {
	return &watch{t, map[string][]string{}, map[string]bool{}, map[string]string{}, map[string][]string{}, 0}
}

func (w *watch) see(line string) {
	thread, call, _ := strings.Cut(strings.TrimSpace(line), " ")
	call = strings.TrimSpace(call)
	switch {
	case strings.HasPrefix(call, "pwrite64("):
		if file := fileOf(call); strings.Contains(file, "/VEDETTE_EVENTS/msgs/") {
			w.unsaved[file] = append(w.unsaved[file], idsIn(call)...)
		}
	case strings.HasPrefix(call, "fsync("), strings.HasPrefix(call, "fdatasync("):
		file := fileOf(call)
		w.pending[thread], w.syncing[thread] = file, w.unsaved[file]
		w.unsaved[file] = nil
		w.end(thread, call)
	case strings.HasPrefix(call, "<... fsync resumed>"), strings.HasPrefix(call, "<... fdatasync resumed>"):
		w.end(thread, call)
	case strings.HasPrefix(call, "write(1<"):
		for _, id := range idsIn(call) {
			w.acked++
			if !w.saved[id] {
				w.t.Errorf("%s was acknowledged before its sync", id)
			}
		}
	}
}

// end takes what a sync that returned 0 has covered as saved.
func (w *watch) end(thread, call string) {
	if !strings.HasSuffix(call, "= 0") {
		return
	}
	for _, id := range w.syncing[thread] {
		w.saved[id] = true
	}
	delete(w.syncing, thread)
}

func fileOf(call string) string {
	_, rest, _ := strings.Cut(call, "<")
	file, _, _ := strings.Cut(rest, ">")
	return file
}

// idsIn gives the ids of the child's events in a call's data: few-03-7 between
// quotes in an event, with a full stop behind it in the child's output.
func idsIn(call string) []string {
	var all []string
	for _, part := range strings.Split(call, "few-")[1:] {
		if id, _, ok := strings.Cut(part, `\"`); ok && len(id) <= 4 {
			all = append(all, id)
		} else if id, _, ok := strings.Cut(part, "."); ok && len(id) <= 4 {
			all = append(all, id)
		}
	}
	return all
}

func TestTheWatchSeesAnAcknowledgementThatIsTooEarly(t *testing.T) {
	inner := &testing.T{}
	for _, trace := range []string{
		// no sync; a sync of another file; a sync that fails; one that ends too late
		`1 write(1<pipe>, "acked few-01-0.\n", 16) = 16`,
		"1 pwrite64(7</d/VEDETTE_EVENTS/msgs/1.blk>, \"{\\\"id\\\":\\\"few-01-0\\\"\", 9, 0) = 9\n1 fsync(8</d/2.blk>) = 0\n1 write(1<pipe>, \"acked few-01-0.\\n\", 16) = 16",
		"1 pwrite64(7</d/VEDETTE_EVENTS/msgs/1.blk>, \"{\\\"id\\\":\\\"few-01-0\\\"\", 9, 0) = 9\n1 fsync(7</d/VEDETTE_EVENTS/msgs/1.blk>) = -1 EIO\n1 write(1<pipe>, \"acked few-01-0.\\n\", 16) = 16",
		"1 pwrite64(7</d/VEDETTE_EVENTS/msgs/1.blk>, \"{\\\"id\\\":\\\"few-01-0\\\"\", 9, 0) = 9\n1 fsync(7</d/VEDETTE_EVENTS/msgs/1.blk> <unfinished ...>\n2 write(1<pipe>, \"acked few-01-0.\\n\", 16) = 16\n1 <... fsync resumed>) = 0",
	} {
		w := newWatch(inner)
		for line := range strings.Lines(trace) {
			w.see(line)
		}
		if w.acked != 1 || len(w.saved) > 0 && !strings.Contains(trace, "resumed") || !inner.Failed() {
			t.Errorf("not noticed:\n%s", trace)
		}
		inner = &testing.T{}
	}
}

// smallDisk gives a folder on a disk of its own of some megabytes, or skips.
func smallDisk(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("NOT TESTED: a full and a read-only disk need root on Linux")
	}
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "none", dir).CombinedOutput()
	if err != nil {
		t.Skipf("NOT TESTED: a small disk cannot be mounted: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return dir
}

// fill writes a file until the disk has no more than left bytes.
func fill(t *testing.T, path string, left int64) {
	t.Helper()
	free, err := freeBytes(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, make([]byte, max(0, free-left)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestADiskUnderItsReserveRefusesAndGoesOnByItself(t *testing.T) {
	dir := smallDisk(t, "size=32m")
	opts := quiet(dir)
	opts.MinFree = 4 << 20
	j := open(t, opts)
	appendAll(t, j.Events, events("a", 100)...)
	fill(t, filepath.Join(dir, "ballast"), 2<<20)
	if _, err := j.Events.Append(t.Context(), event("b", 0)); !errors.Is(err, ErrFull) || j.State().State != Full {
		t.Fatalf("got %v, state %v", err, j.State())
	}
	if got := len(replay(t, j.Events, 1)); got != 100 {
		t.Errorf("%d events can be read", got)
	}
	if _, err := j.Hold(t.Context(), Hold{By: "a", Reason: "b", Until: noon}); err != nil {
		t.Errorf("the journal's own events must have the reserve: %v", err)
	}
	if j.State().State != Full {
		t.Errorf("state %v", j.State())
	}
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
	appendAll(t, j.Events, event("b", 0))
	if j.State().State != Ready {
		t.Errorf("state %v", j.State())
	}
}

func TestADiskThatFillsUnderUsLosesNothingAcknowledged(t *testing.T) {
	for _, size := range []int{1, 40} {
		dir := smallDisk(t, "size=32m")
		opts := quiet(dir)
		opts.free = func(string) (int64, error) { return 1 << 40, nil } // it fills between the look and the write
		j := open(t, opts)
		fill(t, filepath.Join(dir, "ballast"), 300<<10)
		var acked []string
		var err error
		for i := 0; err == nil; i++ {
			all := events(fmt.Sprint(i), size)
			for k := range all {
				all[k].Payload = quoted(1000)
			}
			if _, err = j.Events.Append(t.Context(), all...); err == nil {
				for _, e := range all {
					acked = append(acked, e.ID)
				}
			}
		}
		c := j.State()
		if !errors.Is(err, ErrFailed) || c.State != Failed || !strings.Contains(c.Err.Error(), "open the journal again") {
			t.Fatalf("batches of %d: got %v, state %v", size, err, c)
		}
		if _, again := j.Events.Append(t.Context(), event("later", 0)); !errors.Is(again, ErrFailed) {
			t.Errorf("then: %v", again)
		}
		shut(t, j)
		if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
			t.Fatal(err)
		}
		j = open(t, quiet(dir))
		appendAll(t, j.Events, event("after", 0))
		var got []string
		for _, r := range replay(t, j.Events, 1) {
			got = append(got, r.ID)
		}
		if len(acked) == 0 || len(got) < len(acked) || !slices.Equal(got[:len(acked)], acked) || (len(got)-1)%size != 0 {
			t.Errorf("batches of %d: %d acknowledged, %d kept", size, len(acked), len(got))
		}
		shut(t, j)
	}
}

func TestAReadOnlyFolderIsAClearError(t *testing.T) {
	dir := smallDisk(t, "size=8m")
	shut(t, open(t, quiet(dir)))
	if out, err := exec.Command("mount", "-o", "remount,ro", dir).CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: %v: %s", err, out)
	}
	_, err := Open(t.Context(), quiet(dir))
	if !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "mount it writable") {
		t.Errorf("got %v", err)
	}
}

// blocks are the files of a stream's messages, in order.
func blocks(t *testing.T, dir, stream string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", stream, "msgs", "*.blk"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no blocks of %s: %v", stream, err)
	}
	return files
}

func cut(t *testing.T, path string, bytes int64) {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, max(0, st.Size()-bytes)); err != nil {
		t.Fatal(err)
	}
}

// torn gives a folder whose journal has ten events in each log and then the
// last block of one spoilt, with or without JetStream's own index of it.
func torn(t *testing.T, stream string, bytes int64, index bool) string {
	t.Helper()
	dir := t.TempDir()
	j := open(t, quiet(dir))
	appendAll(t, j.Events, events("a", 10)...)
	appendAll(t, j.Contacts, events("c", 10)...)
	shut(t, j)
	files := blocks(t, dir, stream)
	cut(t, files[len(files)-1], bytes)
	if !index {
		if err := os.Remove(filepath.Join(filepath.Dir(files[0]), "index.db")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestATornStoreIsReadableAndRefusesUntilTheLossIsAccepted(t *testing.T) {
	for _, stream := range []string{eventsLog().name, contactsLog().name} {
		for _, bytes := range []int64{10, 1000, 1 << 30} {
			for _, index := range []bool{true, false} {
				t.Run(fmt.Sprint(stream, bytes, index), func(t *testing.T) {
					checkTorn(t, torn(t, stream, bytes, index))
				})
			}
		}
	}
}

func checkTorn(t *testing.T, dir string) {
	j := open(t, quiet(dir))
	c := j.State()
	if c.State != Torn || !errors.Is(c.Err, ErrTorn) || !strings.Contains(c.Err.Error(), "backup") {
		t.Fatalf("state %v: %v", c.State, c.Err)
	}
	if _, err := j.Events.Append(t.Context(), event("x", 0)); !errors.Is(err, ErrTorn) {
		t.Errorf("append: %v", err)
	}
	left := len(replay(t, j.Events, 1)) + len(replay(t, j.Contacts, 1))
	if left >= 20 {
		t.Fatalf("%d are left: nothing was torn", left)
	}
	shut(t, j)
	opts := quiet(dir)
	opts.AcceptLoss = "test"
	j = open(t, opts)
	appendAll(t, j.Events, event("x", 0))
	shut(t, j)
	j = open(t, quiet(dir)) // accepted once is accepted
	if c := j.State(); c.State != Ready {
		t.Errorf("afterwards: state %v: %v", c.State, c.Err)
	}
	if got := len(replay(t, j.Events, 1)) + len(replay(t, j.Contacts, 1)); got != left+2 {
		t.Errorf("%d events, want %d, the loss and the new one", got, left)
	}
	if n := 0; j.own(t.Context(), kindLoss, func(Record) error { n++; return nil }) != nil || n != 1 {
		t.Errorf("%d losses are written down", n)
	}
}

func TestALossIsFoundAgainAfterAnAcceptedOne(t *testing.T) {
	dir := torn(t, eventsLog().name, 1000, true)
	opts := quiet(dir)
	opts.AcceptLoss = "test"
	j := open(t, opts)
	appendAll(t, j.Events, events("b", 10)...)
	shut(t, j)
	files := blocks(t, dir, eventsLog().name)
	cut(t, files[len(files)-1], 10)
	j = open(t, quiet(dir))
	if c := j.State(); c.State != Torn {
		t.Errorf("state %v", c.State)
	}
}

func TestAVanishedStoreIsTorn(t *testing.T) {
	dir := t.TempDir()
	j := open(t, quiet(dir))
	appendAll(t, j.Contacts, events("c", 10)...)
	shut(t, j)
	if err := os.RemoveAll(filepath.Join(dir, "jetstream")); err != nil {
		t.Fatal(err)
	}
	j = open(t, quiet(dir))
	if c := j.State(); c.State != Torn || !strings.Contains(c.Err.Error(), "10 of the contacts") {
		t.Errorf("state %v: %v", c.State, c.Err)
	}
}

func TestAByteThatRottedIsNotPassedOver(t *testing.T) {
	for _, stream := range []string{eventsLog().name, contactsLog().name} {
		dir := t.TempDir()
		j := open(t, quiet(dir))
		appendAll(t, j.Events, events("a", 10)...)
		appendAll(t, j.Contacts, events("c", 10)...)
		shut(t, j)
		rot(t, blocks(t, dir, stream)[0])
		checkTorn(t, dir)
	}
}

func TestRotInWhatOpeningDoesNotReadIsFoundByReplay(t *testing.T) {
	dir := t.TempDir()
	opts := quiet(dir)
	opts.Remember = 1
	j := open(t, opts)
	appendAll(t, j.Events, events("a", 10)...)
	shut(t, j)
	rot(t, blocks(t, dir, eventsLog().name)[0])
	j = open(t, opts)
	if c := j.State(); c.State != Ready {
		t.Fatalf("state %v", c)
	}
	if err := j.Events.Replay(t.Context(), 1, func(Record) error { return nil }); !errors.Is(err, ErrTorn) {
		t.Errorf("replay: %v", err)
	}
}

// rot flips a bit in the middle of a file.
func rot(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
