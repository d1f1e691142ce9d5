package marti

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"vedette/internal/depot"
)

// form writes a form with one file.
func form(t testing.TB, field, filename, content string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile(field, filename)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// share puts in a data package as ATAK does, and gives its hash.
func (h *house) share(name, content string, query ...string) string {
	h.t.Helper()
	hash := hashOf(content)
	q := url.Values{"hash": {hash}, "filename": {"plan.zip"}, "creatorUid": {"u-" + name}}
	for i := 0; i < len(query); i += 2 {
		q.Add(query[i], query[i+1])
	}
	body, kind := form(h.t, "assetfile", "x.zip", content)
	res := h.do(h.as(name), "POST", h.api+"/Marti/sync/missionupload?"+q.Encode(), body, "Content-Type", kind).want(h.t, 200)
	if want := "https://" + h.api + "/Marti/sync/content?hash=" + hash; res.body != want {
		h.t.Errorf("the address is %q, want %q", res.body, want)
	}
	return hash
}

func TestADataPackageGoesRound(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	hash := hashOf("zip")
	h.get("anna", "/Marti/sync/missionquery?hash="+hash).want(t, 404)
	h.share("anna", "zip")
	h.get("ben", "/Marti/sync/missionquery?hash="+strings.ToUpper(hash)).want(t, 200)
	res := h.get("ben", "/Marti/sync/content?hash="+hash).want(t, 200)
	if res.body != "zip" {
		t.Errorf("%q", res.body)
	}
	if got := h.notes; !slices.Equal(got, []string{"package.stored plan.zip anna"}) {
		t.Errorf("noted %q", got)
	}
	h.do(h.as("anna"), "DELETE", h.api+"/Marti/sync/delete?hash="+hash, "").want(t, 200)
	h.get("ben", "/Marti/sync/content?hash="+hash).want(t, 404)
	if got := h.notes[1:]; !slices.Equal(got, []string{"package.removed plan.zip anna"}) {
		t.Errorf("noted %q", got)
	}
}

func TestAFileGoesRoundAsABody(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	q := url.Values{"name": {"pic.jpg"}, "keywords": {"a,b"}, "keyword": {"c"}, "creatorUid": {"u1"}}
	res := h.do(h.as("anna"), "POST", h.api+"/Marti/sync/upload?"+q.Encode(), "jpeg", "Content-Type", "image/jpeg").want(t, 200)
	if res.Header.Get("Content-Type") == "application/json" {
		t.Error("CloudTAK's library reads this answer as text only where it is not plain application/json")
	}
	var got content
	res.read(t, &got)
	want := content{
		UID: hashOf("jpeg"), Time: got.Time, Keywords: []string{"a", "b", "c"}, Type: "image/jpeg", Size: "4", User: "anna",
		Key: "1", Hash: hashOf("jpeg"), Creator: "u1", Name: "pic.jpg", Tool: "public", Expiration: "-1",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v", got)
	}
	if _, err := time.Parse(time.RFC3339, got.Time); err != nil {
		t.Error(err)
	}
	res = h.get("anna", "/Marti/sync/"+got.Hash+"/metadata").want(t, 200)
	var again content
	res.read(t, &again)
	if fmt.Sprint(again) != fmt.Sprint(got) {
		t.Errorf("%+v", again)
	}
}

func TestWhatCannotBePutIn(t *testing.T) {
	h := newHouse(t, depot.Limits{File: 1000, User: 1500}, Options{})
	big := strings.Repeat("x", 1001)
	bigForm, bigKind := form(t, "assetfile", "x", big)
	huge, hugeKind := form(t, "other", "", strings.Repeat("x", 100<<10))
	wrong, wrongKind := form(t, "assetfile", "x", "zip")
	noFile, noKind := form(t, "text", "", "zip")
	var parts strings.Builder
	for range maxParts + 1 {
		parts.WriteString("--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nx\r\n")
	}
	for _, c := range []struct {
		name, path, body, kind string
		want                   int
	}{
		{"no body", "upload?name=a", "", "text/plain", 400},
		{"the wrong hash", "upload?name=a&hash=" + hashOf("other"), "zip", "text/plain", 422},
		{"the wrong hash in a form", "missionupload?filename=a&hash=" + hashOf("other"), wrong, wrongKind, 422},
		{"a hash that is a path", "missionupload?filename=a&hash=../../etc/passwd", wrong, wrongKind, 400},
		{"too large", "upload?name=a", big, "text/plain", 413},
		{"too large in a form", "missionupload?filename=a", bigForm, bigKind, 413},
		{"too large before the file", "missionupload?filename=a", huge, hugeKind, 413},
		{"a form without a file", "missionupload?filename=a", noFile, noKind, 400},
		{"a form without an end", "missionupload?filename=a", noFile[:len(noFile)-6], noKind, 400},
		{"a form cut off in the file", "missionupload?filename=a", wrong[:len(wrong)-8], wrongKind, 400},
		{"a form of many parts", "missionupload?filename=a", parts.String() + "--b--", "multipart/form-data; boundary=b", 400},
		{"a form without a boundary", "missionupload?filename=a", "zip", "multipart/form-data", 400},
		{"groups of others", "upload?name=a&Groups=blue", "zip", "text/plain", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.do(h.as("anna"), "POST", h.api+"/Marti/sync/"+c.path, c.body, "Content-Type", c.kind).want(t, c.want)
			if got := h.depot.Stats(); got != (depot.Stats{}) {
				t.Errorf("the depot holds %+v", got)
			}
		})
	}
	h.share("anna", strings.Repeat("y", 900))
	h.do(h.as("anna"), "POST", h.api+"/Marti/sync/upload?name=b", strings.Repeat("z", 900)).want(t, 507)
	h.share("carl", strings.Repeat("z", 900)) // another has room of his own
}

func TestPackagesOfOtherGroupsDoNotExist(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	hash := h.share("anna", "red only")
	for _, c := range []struct{ method, path string }{
		{"GET", "/Marti/sync/content?hash=" + hash}, {"GET", "/Marti/sync/content?uid=" + hash}, {"GET", "/Marti/sync/missionquery?hash=" + hash},
		{"GET", "/Marti/sync/" + hash + "/metadata"}, {"GET", "/Marti/api/sync/metadata/" + hash + "/tool"},
		{"DELETE", "/Marti/sync/delete?hash=" + hash}, {"DELETE", "/Marti/api/files/" + hash},
		{"PUT", "/Marti/api/sync/metadata/" + hash + "/tool"},
	} {
		mine := h.do(h.as("carl"), c.method, h.api+c.path, "private").want(t, 404)
		none := h.do(h.as("carl"), c.method, h.api+strings.Replace(c.path, hash, hashOf("never"), 1), "private").want(t, 404)
		if mine.body != none.body {
			t.Errorf("%s: it shows that there is one: %s, %s", c.path, mine.body, none.body)
		}
	}
	for name, want := range map[string]int{"anna": 1, "ben": 1, "carl": 0, "dora": 0, "root": 1} {
		if got := h.list(name, ""); len(got) != want {
			t.Errorf("%s sees %v", name, got)
		}
	}
	hash = h.share("ben", "blue only", "Groups", "blue")
	h.get("anna", "/Marti/sync/content?hash="+hash).want(t, 404)
	h.get("carl", "/Marti/sync/content?hash="+hash).want(t, 200)
}

// list gives the names that somebody finds.
func (h *house) list(name, query string) []string {
	h.t.Helper()
	var got struct {
		ResultCount int
		Results     []content
	}
	h.get(name, "/Marti/sync/search"+query).want(h.t, 200).read(h.t, &got)
	names := []string{}
	for _, c := range got.Results {
		names = append(names, c.Name)
	}
	if len(names) != got.ResultCount {
		h.t.Errorf("resultCount %d of %v", got.ResultCount, names)
	}
	return names
}

func TestOnlyTheOwnerAndAdministratorsChangeAPackage(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	hash := h.share("anna", "zip")
	at := h.api + "/Marti/api/sync/metadata/" + hash + "/"
	h.do(h.as("ben"), "PUT", at+"tool", "private").want(t, 403)
	h.do(h.as("ben"), "DELETE", h.api+"/Marti/sync/delete?hash="+hash, "").want(t, 403)
	c := h.as("anna")
	h.do(c, "PUT", at+"tool", "private\n").want(t, 200)
	h.do(c, "PUT", at+"keywords", `["missionpackage","x"]`).want(t, 200)
	h.do(c, "PUT", at+"name", `..\..\evil.zip`).want(t, 200)
	h.do(c, "PUT", at+"mimetype", "text/html").want(t, 200)
	for property, want := range map[string]string{"tool": "private", "Tool": "private", "name": "evil.zip", "mimetype": "text/html", "size": "3", "keywords": `["missionpackage","x"]`} {
		if got := h.get("ben", "/Marti/api/sync/metadata/"+hash+"/"+property).want(t, 200).body; got != want {
			t.Errorf("%s is %q", property, got)
		}
	}
	for path, body := range map[string]string{"tool": "secret", "keywords": "x"} {
		h.do(c, "PUT", at+path, body).want(t, 400)
	}
	h.do(c, "PUT", at+"size", "9").want(t, 404)
	h.do(c, "PUT", at+"name", strings.Repeat("x", 9<<10)).want(t, 413)
	h.get("anna", "/Marti/api/sync/metadata/"+hash+"/owner").want(t, 404)
	h.do(h.as("root"), "DELETE", h.api+"/Marti/api/files/"+hash, "").want(t, 200)
	h.do(c, "PUT", at+"tool", "public").want(t, 404)
}

func TestPackagesAreFound(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	hash := h.share("ben", "one", "name", "Plan A.zip")
	h.share("ben", "two", "name", "hidden.zip", "tool", "private")
	h.do(h.as("ben"), "POST", h.api+"/Marti/sync/upload?name=pic.jpg&keywords=photo&creatorUid=u9", "jpeg").want(t, 200)
	for query, want := range map[string]string{
		"":                                      "[Plan A.zip pic.jpg]",
		"?keywords=missionpackage&tool=public":  "[Plan A.zip]",
		"?keywords=MissionPackage":              "[Plan A.zip]",
		"?keyword=photo":                        "[pic.jpg]",
		"?keywords=photo&keyword=x":             "[]",
		"?tool=private":                         "[]",
		"?name=plan":                            "[Plan A.zip]",
		"?uid=" + hash:                          "[Plan A.zip]",
		"?CreatorUid=u9":                        "[pic.jpg]",
		"?hash=" + strings.ToUpper(hash) + "&x": "[Plan A.zip]",
	} {
		if got := h.list("anna", query); fmt.Sprint(got) != want {
			t.Errorf("%s finds %v, want %s", query, got, want)
		}
	}
	if got := h.list("ben", ""); len(got) != 3 {
		t.Errorf("ben does not see his own: %v", got)
	}
	h.get("anna", "/Marti/sync/content?hash="+hashOf("two")).want(t, 200) // who was told the hash gets it
	var files struct {
		Version, Type, NodeID string
		Data                  []file
	}
	h.get("anna", "/Marti/api/sync/search").want(t, 200).read(t, &files)
	if len(files.Data) != 2 || files.Data[0].Filename != "Plan A.zip" || files.Data[0].Size != 3 {
		t.Errorf("%+v", files)
	}
	if got := h.get("anna", "/Marti/api/files/metadata/count").body; got != "2" {
		t.Errorf("count %s", got)
	}
	if got := h.get("anna", "/files/api/config").body; got != `{"uploadSizeLimit":100}` {
		t.Errorf("%s", got)
	}
}

func TestNothingIsServedThatABrowserRuns(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	for i, c := range []struct{ kind, name, wantKind, wantName string }{
		{"text/html", "a.html", "application/octet-stream", "a.html"},
		{"image/svg+xml", "a.svg", "application/octet-stream", "a.svg"},
		{"application/zip; x=\"\r\nSet-Cookie: a=b\"", "a.zip", "application/zip", "a.zip"},
		{"application/zip", "../../etc/pass\r\nwd", "application/zip", "passwd"},
		{"image/png", "ü\"; filename=\"evil.exe", "image/png", "ü_; filename=_evil.exe"},
		{"", "..", "application/octet-stream", ""},
	} {
		content := fmt.Sprint("<script>", i)
		q := url.Values{"name": {c.name}, "mimetype": {c.kind}}
		h.do(h.as("anna"), "POST", h.api+"/Marti/sync/upload?"+q.Encode(), content).want(t, 200)
		res := h.get("anna", "/Marti/sync/content?hash="+hashOf(content)).want(t, 200)
		disposition, params, err := mime.ParseMediaType(res.Header.Get("Content-Disposition"))
		if err != nil || disposition != "attachment" {
			t.Errorf("%q: %v, %v", c.name, res.Header.Get("Content-Disposition"), err)
		}
		wantName := c.wantName
		if wantName == "" {
			wantName = hashOf(content)[:16]
		}
		if res.Header.Get("Content-Type") != c.wantKind || params["filename"] != wantName || res.Header.Get("Set-Cookie") != "" {
			t.Errorf("%q is served as %v", c.name, res.Header)
		}
	}
}

func TestADownloadIsResumed(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	hash := h.share("anna", "0123456789")
	res := h.do(h.as("anna"), "GET", h.api+"/Marti/sync/content?hash="+hash, "", "Range", "bytes=4-6", "If-Range", `"`+hash+`"`).want(t, 206)
	if res.body != "456" {
		t.Errorf("%q", res.body)
	}
	res = h.do(h.as("anna"), "HEAD", h.api+"/Marti/sync/content?hash="+hash, "").want(t, 200)
	if res.ContentLength != 10 {
		t.Errorf("%d bytes", res.ContentLength)
	}
}

func TestHashesAreNoPaths(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	h.share("anna", "zip")
	for _, hash := range []string{"", "../lock", "lock", "..%2f..%2fetc%2fpasswd", strings.Repeat("g", 64), hashOf("zip") + "%00", hashOf("zip")[:63] + "/"} {
		h.get("anna", "/Marti/sync/content?hash="+hash).want(t, 400)
		h.get("anna", "/Marti/sync/missionquery?hash="+hash).want(t, 400)
	}
	h.get("anna", "/Marti/sync/..%2f..%2fetc%2fpasswd/metadata").want(t, 400)
	h.get("anna", "/Marti/api/sync/metadata/..%2flock/tool").want(t, 400)
}

// TestASenderWhoStallsIsLetGo opens an upload and says no more.
func TestASenderWhoStallsIsLetGo(t *testing.T) {
	h := newHouse(t, depot.Limits{UserPuts: 1}, Options{Limits: Limits{Stall: 30 * time.Millisecond}})
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	req, err := http.NewRequest("POST", "https://"+h.api+"/Marti/sync/upload?name=a", r)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = w.Write([]byte("half")) }()
	res, err := h.as("anna").Do(req)
	if err == nil { // the answer may get lost with the connection
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode != http.StatusRequestTimeout {
			t.Errorf("%s", res.Status)
		}
	}
	if got := h.depot.Stats(); got != (depot.Stats{}) {
		t.Errorf("the depot holds %+v", got)
	}
	h.share("anna", "zip") // the place is free again
}

func TestConnectionsAreBounded(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{Limits: Limits{Conns: 1}})
	conf := &tls.Config{RootCAs: h.pool, Certificates: []tls.Certificate{h.issue("anna", x509.ExtKeyUsageClientAuth)}}
	first, err := tls.Dial("tcp", h.api, conf)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	dialer := &tls.Dialer{Config: conf}
	if second, err := dialer.DialContext(ctx, "tcp", h.api); err == nil {
		_ = second.Close()
		t.Error("a second connection was let in")
	}
	_ = first.Close()
	h.get("anna", "/Marti/api/version").want(t, 200)
}

func TestServeEndsWithItsListener(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if err := h.server.Serve(context.Background(), l, &tls.Config{}, h.server.API()); err == nil {
		t.Error("a closed listener is no error")
	}
}

func FuzzForms(f *testing.F) {
	body, kind := form(f, "assetfile", "a.zip", "zip")
	f.Add([]byte(body), kind)
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=\"assetfile\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=41\r\n--b--"), "multipart/form-data; boundary=b")
	f.Add([]byte("--b\r\n\r\n--b--"), "multipart/form-data; boundary=b")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		media, params, err := mime.ParseMediaType(kind)
		if err != nil || media != "multipart/form-data" {
			return
		}
		part, err := filePart(multipart.NewReader(bytes.NewReader(body), params["boundary"]))
		if err != nil {
			var p *problem
			if _, known := statusOf(err); !known && !errors.As(err, &p) {
				t.Errorf("%v is not said to be the client's doing", err)
			}
			return
		}
		content, err := io.ReadAll(part)
		if err == nil && len(content) > len(body) {
			t.Errorf("%d bytes out of %d", len(content), len(body))
		}
	})
}

// BenchmarkUpload sends 16 MiB as a form over TLS, to the disk.
func BenchmarkUpload(b *testing.B) {
	h := newHouse(b, depot.Limits{}, Options{})
	body, kind := form(b, "assetfile", "x.zip", strings.Repeat("0123456789abcdef", 1<<20))
	c := h.as("anna")
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		h.do(c, "POST", h.api+"/Marti/sync/missionupload?filename=a.zip", body, "Content-Type", kind).want(b, 200)
	}
}
