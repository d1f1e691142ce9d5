package marti

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vedette/internal/depot"
)

// listKeyword marks what ATAK lists as a data package.
const listKeyword = "missionpackage"

// The values of a package's tool: a private one is found by its hash only.
const (
	public  = "public"
	private = "private"
)

// loose is the type under which TAK Server answers with JSON about files: clients
// rely on it not being plain application/json.
const loose = "application/json; charset=utf-8"

// maxParts bounds the parts of a form before the file.
const maxParts = 16

// content is what TAK Server tells of a file.
type content struct {
	UID        string   `json:"UID"`
	Time       string   `json:"SubmissionDateTime"`
	Keywords   []string `json:"Keywords"`
	Type       string   `json:"MIMEType"`
	Size       string   `json:"Size"`
	User       string   `json:"SubmissionUser"`
	Key        string   `json:"PrimaryKey"`
	Hash       string   `json:"Hash"`
	Creator    string   `json:"CreatorUid"`
	Name       string   `json:"Name"`
	Tool       string   `json:"Tool"`
	Expiration string   `json:"EXPIRATION"`
}

func contentOf(it depot.Item) content {
	return content{
		UID: it.Hash, Time: it.Stored.Format(stamp), Keywords: keywords(it), Type: it.Type,
		Size: strconv.FormatInt(it.Size, 10), User: it.Owner, Key: strconv.FormatUint(it.N, 10),
		Hash: it.Hash, Creator: it.Creator, Name: it.Name, Tool: it.Tool, Expiration: "-1",
	}
}

// keywords are never null in JSON.
func keywords(it depot.Item) []string {
	return append([]string{}, it.Keywords...)
}

// upload takes a file and answers with what is known of it.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, who Who) error {
	it, err := s.put(w, r, draftOf(r, who))
	if err != nil {
		return err
	}
	return sendJSON(w, loose, contentOf(it))
}

// missionUpload takes a data package and answers with its address.
func (s *Server) missionUpload(w http.ResponseWriter, r *http.Request, who Who) error {
	draft := draftOf(r, who)
	draft.Keywords = append([]string{listKeyword}, draft.Keywords...)
	it, err := s.put(w, r, draft)
	if err != nil {
		return err
	}
	return sendText(w, s.address(r, it))
}

// draftOf reads what a request says of the file that it brings. TAK clients do not
// agree on how the names are written.
func draftOf(r *http.Request, who Who) depot.Draft {
	q := fold(r.URL.Query())
	var words []string
	for _, w := range slices.Concat(q["keywords"], q["keyword"]) {
		words = append(words, strings.Split(w, ",")...)
	}
	return depot.Draft{
		Label: depot.Label{
			Name: cmp.Or(q.Get("name"), q.Get("filename")), Type: q.Get("mimetype"), Tool: cmp.Or(q.Get("tool"), public),
			Keywords: words, Creator: q.Get("creatoruid"),
		},
		Owner: who.viewer(), Groups: q["groups"], Hash: q.Get("hash"), Size: -1,
	}
}

// fold writes the names of a query in lower case.
func fold(q url.Values) url.Values {
	all := url.Values{}
	for name, values := range q {
		name = strings.ToLower(name)
		all[name] = append(all[name], values...)
	}
	return all
}

// put stores the file of a request: the body, or the file of a form.
func (s *Server) put(w http.ResponseWriter, r *http.Request, draft depot.Draft) (depot.Item, error) {
	body := s.patient(w, http.MaxBytesReader(w, r.Body, s.opts.Depot.Limits().File+64<<10))
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // what cannot be read is no form
	if kind != "multipart/form-data" {
		if r.ContentLength == 0 {
			return depot.Item{}, fail(http.StatusBadRequest, "the body is empty; send the file in it")
		}
		draft.Type = cmp.Or(draft.Type, kind)
		draft.Size = r.ContentLength
		return s.opts.Depot.Put(r.Context(), draft, body)
	}
	part, err := filePart(multipart.NewReader(body, params["boundary"]))
	if err != nil {
		return depot.Item{}, err
	}
	draft.Name = cmp.Or(draft.Name, part.FileName())
	draft.Type = cmp.Or(draft.Type, part.Header.Get("Content-Type"))
	return s.opts.Depot.Put(r.Context(), draft, part)
}

// filePart goes on to the file of a form, which TAK clients call assetfile.
func filePart(form *multipart.Reader) (*multipart.Part, error) {
	for range maxParts {
		part, err := form.NextRawPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil, fail(http.StatusBadRequest, "the form holds no file; send it in the part assetfile")
		case err != nil:
			return nil, badForm(err)
		case part.FormName() == "assetfile" || part.FileName() != "":
			return part, nil
		}
	}
	return nil, fail(http.StatusBadRequest, "the form has over %d parts before the file; send it first", maxParts)
}

func badForm(err error) error {
	if _, known := statusOf(err); known {
		return err
	}
	return fail(http.StatusBadRequest, "the form cannot be read (%v)", err)
}

// address is where a file is to be had.
func (s *Server) address(r *http.Request, it depot.Item) string {
	u := url.URL{Scheme: "https", Host: s.host(r), Path: "/Marti/sync/content", RawQuery: "hash=" + it.Hash}
	return u.String()
}

// askedHash gives the hash that a request names.
func askedHash(r *http.Request) (string, error) {
	q := fold(r.URL.Query())
	hash := cmp.Or(r.PathValue("hash"), q.Get("hash"), q.Get("uid"))
	if !depot.IsHash(hash) {
		return "", fail(http.StatusBadRequest, "hash %.80q is no SHA-256 of 64 hexadecimal digits", hash)
	}
	return hash, nil
}

func (s *Server) find(r *http.Request, who Who) (depot.Item, error) {
	hash, err := askedHash(r)
	if err != nil {
		return depot.Item{}, err
	}
	return s.opts.Depot.Find(who.viewer(), hash)
}

// missionQuery tells whether a package is here, and where.
func (s *Server) missionQuery(w http.ResponseWriter, r *http.Request, who Who) error {
	it, err := s.find(r, who)
	if err != nil {
		return err
	}
	return sendText(w, s.address(r, it))
}

func (s *Server) metadata(w http.ResponseWriter, r *http.Request, who Who) error {
	it, err := s.find(r, who)
	if err != nil {
		return err
	}
	return sendJSON(w, loose, contentOf(it))
}

// content gives the bytes, as a file to be kept.
func (s *Server) content(w http.ResponseWriter, r *http.Request, who Who) error {
	hash, err := askedHash(r)
	if err != nil {
		return err
	}
	it, f, err := s.opts.Depot.Content(who.viewer(), hash)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	h := w.Header()
	h.Set("Content-Type", passive(it.Type))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": it.Name}))
	h.Set("ETag", `"`+it.Hash+`"`)
	http.ServeContent(s.patientWriter(w), r, "", it.Stored, f)
	return nil
}

// passive is the type to serve a file under: one that nothing runs.
func passive(kind string) string {
	kind, _, _ = mime.ParseMediaType(kind) // what cannot be read is none of these
	switch kind {
	case "application/zip", "application/x-zip-compressed", "image/jpeg", "image/png":
		return kind
	}
	return "application/octet-stream"
}

// listed gives the files that a list shows to somebody: private ones only to
// their owner.
func (s *Server) listed(who Who, q url.Values) []depot.Item {
	var all []depot.Item
	for _, it := range s.opts.Depot.List(who.viewer()) {
		if (it.Tool != private || it.Owner == who.Name) && matches(it, q) {
			all = append(all, it)
		}
	}
	return all
}

// matches tells whether a file is one that a query asks for.
func matches(it depot.Item, q url.Values) bool {
	has := func(word string) bool {
		return slices.ContainsFunc(it.Keywords, func(k string) bool { return strings.EqualFold(k, word) })
	}
	for _, words := range slices.Concat(q["keywords"], q["keyword"]) {
		if !slices.ContainsFunc(strings.Split(words, ","), has) {
			return false
		}
	}
	for name, value := range map[string]string{"tool": it.Tool, "uid": it.Hash, "hash": it.Hash, "creatoruid": it.Creator} {
		if want := q.Get(name); want != "" && !strings.EqualFold(want, value) {
			return false
		}
	}
	return strings.Contains(strings.ToLower(it.Name), strings.ToLower(q.Get("name")))
}

// search lists packages as ATAK and CloudTAK ask for them.
func (s *Server) search(w http.ResponseWriter, r *http.Request, who Who) error {
	results := []content{}
	for _, it := range s.listed(who, fold(r.URL.Query())) {
		results = append(results, contentOf(it))
	}
	return sendJSON(w, loose, map[string]any{"resultCount": len(results), "results": results})
}

// file is what the newer list tells of a file.
type file struct {
	Filename string   `json:"filename"`
	Keywords []string `json:"keywords"`
	Type     string   `json:"mimeType"`
	Name     string   `json:"name"`
	Time     string   `json:"submissionTime"`
	User     string   `json:"submitter"`
	UID      string   `json:"uid"`
	Hash     string   `json:"hash"`
	Size     int64    `json:"size"`
}

func (s *Server) files(w http.ResponseWriter, r *http.Request, who Who) error {
	all := []file{}
	for _, it := range s.listed(who, fold(r.URL.Query())) {
		all = append(all, file{it.Name, keywords(it), it.Type, it.Name, it.Stored.Format(stamp), it.Owner, it.Hash, it.Hash, it.Size})
	}
	return s.wrap(w, "com.bbn.marti.sync.model.Resource", all)
}

func (s *Server) count(w http.ResponseWriter, _ *http.Request, who Who) error {
	return sendJSON(w, "application/json", len(s.listed(who, nil)))
}

// filesConfig tells how large a file may be, in MB as TAK Server counts them.
func (s *Server) filesConfig(w http.ResponseWriter, _ *http.Request, _ Who) error {
	return sendJSON(w, "application/json", map[string]int64{"uploadSizeLimit": s.opts.Depot.Limits().File >> 20})
}

func (s *Server) remove(w http.ResponseWriter, r *http.Request, who Who) error {
	hash, err := askedHash(r)
	if err != nil {
		return err
	}
	if err := s.opts.Depot.Remove(r.Context(), who.viewer(), hash); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// property gives one thing that is known of a file.
func (s *Server) property(w http.ResponseWriter, r *http.Request, who Who) error {
	it, err := s.find(r, who)
	if err != nil {
		return err
	}
	switch strings.ToLower(r.PathValue("property")) {
	case "tool":
		return sendText(w, it.Tool)
	case "name":
		return sendText(w, it.Name)
	case "mimetype":
		return sendText(w, it.Type)
	case "size":
		return sendText(w, strconv.FormatInt(it.Size, 10))
	case "keywords":
		return sendJSON(w, "application/json", keywords(it))
	}
	return noProperty(r)
}

func noProperty(r *http.Request) error {
	return fail(http.StatusNotFound, "nothing is known as %.80q; ask for tool, name, mimetype, keywords or size", r.PathValue("property"))
}

// setProperty changes what the owner says of a file.
func (s *Server) setProperty(w http.ResponseWriter, r *http.Request, who Who) error {
	hash, err := askedHash(r)
	if err != nil {
		return err
	}
	body, err := small(w, r, 8<<10)
	if err != nil {
		return err
	}
	change, err := changeOf(r, body)
	if err != nil {
		return err
	}
	if _, err := s.opts.Depot.Relabel(who.viewer(), hash, change); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// changeOf reads what is to be changed.
func changeOf(r *http.Request, body []byte) (func(*depot.Label), error) {
	text := strings.TrimSpace(string(body))
	switch strings.ToLower(r.PathValue("property")) {
	case "tool":
		if text != public && text != private {
			return nil, fail(http.StatusBadRequest, "tool %.80q: write %s or %s", text, public, private)
		}
		return func(l *depot.Label) { l.Tool = text }, nil
	case "name":
		return func(l *depot.Label) { l.Name = text }, nil
	case "mimetype":
		return func(l *depot.Label) { l.Type = text }, nil
	case "keywords":
		var words []string
		if err := json.Unmarshal(body, &words); err != nil {
			return nil, fail(http.StatusBadRequest, "keywords are a JSON list of strings (%v)", err)
		}
		return func(l *depot.Label) { l.Keywords = words }, nil
	}
	return nil, noProperty(r)
}

// patient is a transfer that may take as long as it goes on.
type patient struct {
	http.ResponseWriter
	io.Reader
	ctl   *http.ResponseController
	stall time.Duration
	end   time.Time
}

func (s *Server) patient(w http.ResponseWriter, body io.Reader) *patient {
	l := s.opts.Limits
	return &patient{w, body, http.NewResponseController(w), l.Stall, time.Now().Add(l.Transfer)}
}

func (s *Server) patientWriter(w http.ResponseWriter) *patient {
	return s.patient(w, nil)
}

// extend gives the next step its time. The answer to a long upload comes after it,
// so the time to write moves too.
func (p *patient) extend() error {
	next := time.Now().Add(p.stall)
	if next.After(p.end) {
		next = p.end
	}
	err := errors.Join(p.ctl.SetReadDeadline(next), p.ctl.SetWriteDeadline(next.Add(p.stall)))
	if errors.Is(err, http.ErrNotSupported) {
		return nil // no connection, as in tests
	}
	if err != nil {
		return fmt.Errorf("set a deadline: %w", err)
	}
	return nil
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.extend(); err != nil {
		return 0, err
	}
	return p.Reader.Read(b)
}

func (p *patient) Write(b []byte) (int, error) {
	if err := p.extend(); err != nil {
		return 0, err
	}
	return p.ResponseWriter.Write(b)
}
