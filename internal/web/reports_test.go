package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// form is a report's form.
type form struct {
	bytes.Buffer
	w *multipart.Writer
}

func newForm(fields ...string) *form {
	f := &form{}
	f.w = multipart.NewWriter(f)
	for i := 0; i < len(fields); i += 2 {
		f.w.WriteField(fields[i], fields[i+1])
	}
	return f
}

func (f *form) file(name string, content []byte) *form {
	w, _ := f.w.CreateFormFile("files", name)
	w.Write(content)
	return f
}

func (p *post) report(token string, f *form) *answer {
	p.t.Helper()
	f.w.Close()
	r, err := http.NewRequest("POST", p.url+"/api/v1/reports", bytes.NewReader(f.Bytes()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", f.w.FormDataContentType())
	r.Header.Set("Authorization", "Bearer "+p.token(token))
	return p.send(r)
}

func (p *post) reported(token string, f *form) Received {
	p.t.Helper()
	a := p.report(token, f)
	var got Received
	if err := json.Unmarshal(a.body, &got); a.StatusCode != 201 || err != nil {
		p.t.Fatalf("%s: %s", a.Status, a.body)
	}
	return got
}

const secret = "34.4012N 41.0031E"

// photo is a JPEG with metadata.
func photo(t testing.TB) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		t.Fatal(err)
	}
	exif := []byte("\xff\xe1\x00\x00Exif\x00\x00" + secret)
	exif[3] = byte(len(exif) - 2)
	return slices.Concat(b.Bytes()[:2], exif, b.Bytes()[2:])
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestAReportWithFiles(t *testing.T) {
	p := start(t)
	page := []byte("<html><script>alert(1)</script>")
	sent := newForm("text", "Three vehicles, no lights", "place", "north of the wadi", "time", "2018-11-25T14:05:00+03:00",
		"lat_deg", "34.4", "lon_deg", "41.1", "reporter", "HAWK-7").file("../../etc/passwd.jpg", photo(t)).file("x.png", page).file("note.txt", []byte("two more"))
	got := p.reported("operator", sent)
	if got.By != "operator" || got.Reporter != "HAWK-7" || *got.Lat != 34.4 || !got.Time.Equal(time.Date(2018, 11, 25, 11, 5, 0, 0, time.UTC)) {
		t.Errorf("got %+v", got)
	}
	want := []KeptFile{
		{sumOf(photo(t)), "image/jpeg", int64(len(photo(t))), true},
		{sumOf(page), "application/octet-stream", int64(len(page)), false},
		{sumOf([]byte("two more")), "text/plain", 8, true},
	}
	if !slices.Equal(got.Files, want) {
		t.Errorf("files %+v\nwant  %+v", got.Files, want)
	}
	var again Received
	if p.read(&again, "/api/v1/reports/"+got.ID, "viewer"); fmt.Sprintf("%+v", again.Files) != fmt.Sprintf("%+v", got.Files) || again.Text != got.Text {
		t.Errorf("read again: %+v", again)
	}
	path := "/api/v1/reports/" + got.ID + "/files/"
	shown := p.want(200, "GET", path+want[0].SHA256, "viewer", "")
	if _, _, err := image.Decode(bytes.NewReader(shown.body)); err != nil || bytes.Contains(shown.body, []byte(secret)) {
		t.Errorf("the picture is shown with its metadata, or is none: %v", err)
	}
	original := p.want(200, "GET", path+want[0].SHA256+"/original", "planner", "")
	if !bytes.Equal(original.body, photo(t)) {
		t.Error("the original is not what came")
	}
	p.want(403, "GET", path+want[0].SHA256+"/original", "operator", "")
	if a := p.want(404, "GET", path+want[1].SHA256, "operator", ""); !strings.Contains(a.detail(), "planner") {
		t.Errorf("the detail is %q", a.detail())
	}
	p.want(404, "GET", path+sumOf(nil), "operator", "")
	script := p.want(200, "GET", path+want[1].SHA256+"/original", "planner", "")
	for name, value := range map[string]string{
		"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'", "Content-Disposition": "attachment; filename=" + got.ID + "-2.bin",
	} {
		if script.Header.Get(name) != value {
			t.Errorf("%s is %q", name, script.Header.Get(name))
		}
	}
	for _, said := range []string{
		"viewer by token: open-report " + got.ID, "viewer by token: open-file " + got.ID + "/" + want[0].SHA256,
		"planner by token: open-original " + got.ID + "/" + want[0].SHA256,
	} {
		if !strings.Contains(p.said(), said) {
			t.Errorf("the audit trail lacks %q:\n%s", said, p.said())
		}
	}
}

func TestReportsThatAreRefused(t *testing.T) {
	p := start(t)
	const text = "text"
	for _, c := range []struct {
		name   string
		form   *form
		status int
		mend   string
	}{
		{"no text", newForm("place", "here"), 422, "give what was seen"},
		{"a control character", newForm(text, "a\x00b"), 422, "without control characters"},
		{"a person's name", newForm(text, "a", "reporter", "John Smith"), 422, "like HAWK-7"},
		{"a field for a name", newForm(text, "a", "name", "John"), 422, "a report has text, place"},
		{"a field twice", newForm(text, "a", text, "b"), 422, "stands twice"},
		{"half a place", newForm(text, "a", "lat_deg", "34"), 422, "give both or neither"},
		{"a latitude of NaN", newForm(text, "a", "lat_deg", "NaN", "lon_deg", "1"), 422, "degrees from -90 to 90"},
		{"no time", newForm(text, "a", "time", "noon"), 422, "2018-11-25T14:05:00Z"},
		{"too much text", newForm(text, strings.Repeat("a", 65<<10)), 422, "make it shorter"},
		{"too many files", func() *form {
			f := newForm(text, "a")
			for i := range mostFiles + 1 {
				f.file("x", []byte{byte(i)})
			}
			return f
		}(), 422, "in a second one"},
		{"over 20 MB", newForm(text, "a").file("x", make([]byte, maxReport)), 413, "20 MB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a := p.report("operator", c.form); a.StatusCode != c.status || !strings.Contains(a.detail(), c.mend) {
				t.Errorf("%s %q, want %d and %q", a.Status, a.detail(), c.status, c.mend)
			}
		})
	}
	p.want(422, "POST", "/api/v1/reports", "operator", `{"text":"a"}`)
	if left, err := os.ReadDir(filepath.Join(p.server.opts.Dir, "incoming")); err != nil || len(left) != 0 {
		t.Errorf("of what was refused there is left: %v, %v", left, err)
	}
	var all struct{ Reports []Received }
	if p.read(&all, "/api/v1/reports", "viewer"); len(all.Reports) != 0 {
		t.Errorf("kept were %+v", all.Reports)
	}
}

func TestReportsAreListedNewestFirstToThoseWhoMay(t *testing.T) {
	p := start(t)
	for i := range 5 {
		p.reported([]string{"operator", "operator@north"}[i%2], newForm("text", fmt.Sprint("report ", i), "time", "2018-11-25T14:05:00Z"))
	}
	sentAgain := p.reported("operator", newForm("text", "report 0", "time", "2018-11-25T14:05:00Z"))
	list := func(query, who string) (texts []string, next uint64, more bool) {
		var got struct {
			Reports []Received
			Next    uint64
			More    bool
		}
		p.read(&got, "/api/v1/reports"+query, who)
		for _, r := range got.Reports {
			texts = append(texts, r.Text)
		}
		return texts, got.Next, got.More
	}
	if got, _, more := list("", "viewer"); fmt.Sprint(got) != "[report 4 report 2 report 0]" || more {
		t.Errorf("a viewer reads %v", got)
	}
	got, next, more := list("?limit=2", "viewer@north")
	if fmt.Sprint(got) != "[report 4 report 3]" || !more {
		t.Errorf("the north reads %v", got)
	}
	if got, _, more = list(fmt.Sprint("?before=", next), "viewer@north"); fmt.Sprint(got) != "[report 2 report 1 report 0]" || more {
		t.Errorf("then it reads %v", got)
	}
	hidden := p.reported("operator@north", newForm("text", "hidden"))
	p.want(404, "GET", "/api/v1/reports/"+hidden.ID, "viewer", "")
	p.want(200, "GET", "/api/v1/reports/"+sentAgain.ID, "viewer", "")
}

func TestReportsAreFoundAfterARestart(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, filepath.Join(dir, "journal"))
	p := startOn(t, j, filepath.Join(dir, "reports"))
	got := p.reported("operator", newForm("text", strings.Repeat("a long text ", 100)).file("x", photo(t)))
	p.stop()
	if err := os.WriteFile(filepath.Join(dir, "reports", "incoming", "file-1"), []byte("broke off"), 0o600); err != nil {
		t.Fatal(err)
	}
	next := startOn(t, j, filepath.Join(dir, "reports"))
	waitFor(t, func() bool { return next.ask("GET", "/readyz", "", "").StatusCode == 200 })
	var again Received
	if next.read(&again, "/api/v1/reports/"+got.ID, "viewer"); again.Text != got.Text {
		t.Errorf("got %+v", again)
	}
	next.want(200, "GET", "/api/v1/reports/"+got.ID+"/files/"+got.Files[0].SHA256, "viewer", "")
	if left, _ := os.ReadDir(filepath.Join(dir, "reports", "incoming")); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
	for _, sub := range []string{"originals", "shown"} {
		info, err := os.Stat(filepath.Join(dir, "reports", sub, got.Files[0].SHA256))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", sub, info, err)
		}
	}
}

// FuzzForm reads forms of all kinds: never a panic, and what is taken is
// bounded.
func FuzzForm(f *testing.F) {
	good := newForm("text", "a", "lat_deg", "1", "lon_deg", "2", "time", "2018-11-25T14:05:00Z").file("x", photo(f))
	good.w.Close()
	f.Add(good.Bytes(), good.w.Boundary())
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=text\r\n\r\na\r\n--b--"), "b")
	store, err := openStore(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	s := &Server{reports: &reports{store: store}}
	f.Fuzz(func(t *testing.T, body []byte, boundary string) {
		r, err := http.NewRequest("POST", "/", iotest.HalfReader(bytes.NewReader(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		report := Received{Received: time.Now()}
		if s.readForm(r, &report) != nil {
			return
		}
		if report.Text == "" || len(report.Text) > 64<<10 || len(report.Files) > mostFiles {
			t.Fatalf("took %+v", report)
		}
		if _, err := json.Marshal(report); err != nil {
			t.Fatal(err)
		}
	})
}
