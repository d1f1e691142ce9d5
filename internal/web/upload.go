package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) registerReports() {
	s.raw("post-report", s.postReport, s.describeReport)
	add(s, "list-reports", s.listReports)
	add(s, "get-report", s.getReport)
	for id, original := range map[string]bool{"get-file": false, "get-original": true} {
		s.raw(id, func(w http.ResponseWriter, r *http.Request) { s.file(w, r, original) }, func(op *huma.Operation) {
			param(op, "path", "report", "its id")
			param(op, "path", "sha256", "of the file as it came")
			gives(op, "200", "application/octet-stream", "To be saved, never to be run", bytesOf())
		})
	}
}

func (s *Server) describeReport(op *huma.Operation) {
	fields := map[string]*huma.Schema{"files": {Type: huma.TypeArray, Items: bytesOf()}}
	for name := range formFields {
		fields[name] = text()
	}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Properties: fields, Required: []string{"text"}, AdditionalProperties: false}},
	}}
	ref := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Received](), true, "")
	gives(op, "201", "application/json", "Kept: synced to the journal", ref)
}

// formFields are the fields of a report's form, and the most bytes of each.
var formFields = map[string]int64{"text": 64 << 10, "place": 256, "time": 40, "lat_deg": 32, "lon_deg": 32, "reporter": 32}

// The bounds of a report's files; all together are bounded by maxReport.
const mostFiles = 20

// codeName is what a reporter may be called: no name of a person has that form.
var codeName = regexp.MustCompile(`^[A-Z]{2,16}-[0-9]{1,4}$`)

func (s *Server) postReport(w http.ResponseWriter, r *http.Request) {
	c := callerOf(r.Context())
	report := Received{By: c.Name, Groups: c.groups(), Received: s.opts.Clock().UTC()}
	if err := s.readForm(r, &report); err != nil {
		refuseForm(w, err)
		return
	}
	var err error
	if report.ID, err = idOf(report); err == nil {
		err = s.reports.keep(r.Context(), report)
	}
	if err != nil {
		answerError(w, unkept(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Location", "/api/v1/reports/"+report.ID)
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(report)
}

// answerError answers with an error that is problem details already.
func answerError(w http.ResponseWriter, err error) {
	var known huma.StatusError
	if errors.As(err, &known) {
		problem(w, known.GetStatus(), known.Error())
		return
	}
	problem(w, http.StatusInternalServerError, err.Error())
}

// errForm is what is wrong with a form, and not with this machine.
type errForm struct{ error }

func wrong(format string, args ...any) error { return errForm{fmt.Errorf(format, args...)} }

func refuseForm(w http.ResponseWriter, err error) {
	var large *http.MaxBytesError
	var form errForm
	switch {
	case errors.As(err, &large):
		problem(w, http.StatusRequestEntityTooLarge, "a report may have 20 MB with its files; send fewer or smaller ones")
	case errors.As(err, &form):
		problem(w, http.StatusUnprocessableEntity, form.Error())
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		problem(w, http.StatusBadRequest, "the report broke off; send it again")
	default:
		problem(w, http.StatusInternalServerError, "the report was not kept: "+err.Error()+"; send it again")
	}
}

// readForm reads a report and lays its files down as they come.
func (s *Server) readForm(r *http.Request, report *Received) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return wrong("read the report: %w; send a form as multipart/form-data", err)
	}
	fields := map[string]string{}
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return fill(report, fields)
		}
		if err != nil {
			return broken(err)
		}
		if err := s.readPart(part, fields, report); err != nil {
			return err
		}
	}
}

// broken is the error of a form that cannot be read: too long, broken off, or
// no form at all.
func broken(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) || errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return wrong("read the report: %w; send a form as multipart/form-data", err)
}

func (s *Server) readPart(part *multipart.Part, fields map[string]string, report *Received) error {
	name := part.FormName()
	if name == "files" {
		return s.readFile(part, report)
	}
	most, known := formFields[name]
	if _, twice := fields[name]; !known || twice {
		return wrong("field %.80q is unknown or stands twice; a report has text, place, time, lat_deg, lon_deg, reporter and files", name)
	}
	b, err := io.ReadAll(io.LimitReader(part, most+1))
	if err != nil {
		return broken(err)
	}
	if int64(len(b)) > most {
		return wrong("%s has more than %d bytes; make it shorter, or send it as a file", name, most)
	}
	fields[name] = string(b)
	return nil
}

func (s *Server) readFile(part *multipart.Part, report *Received) error {
	if len(report.Files) == mostFiles {
		return wrong("a report has more than %d files; send the others in a second one", mostFiles)
	}
	file, err := s.reports.store.put(part)
	if err != nil {
		return err
	}
	if file.Bytes > 0 && !slices.ContainsFunc(report.Files, func(f KeptFile) bool { return f.SHA256 == file.SHA256 }) {
		report.Files = append(report.Files, file)
	}
	return nil
}

// fill puts the fields of a form into a report.
func fill(report *Received, fields map[string]string) error {
	report.Text, report.Place, report.Reporter = strings.TrimSpace(fields["text"]), strings.TrimSpace(fields["place"]), fields["reporter"]
	switch {
	case report.Text == "" || !readable(report.Text):
		return wrong("text: give what was seen, in words (UTF-8, without control characters)")
	case !readable(report.Place) || strings.Contains(report.Place, "\n"):
		return wrong("place: give one line of words")
	case report.Reporter != "" && !codeName.MatchString(report.Reporter):
		return wrong("reporter %.80q: give a code name of capitals and a number, like HAWK-7, and no person's name", report.Reporter)
	}
	var err error
	if report.Time, err = timeOf(fields["time"], report.Received); err != nil {
		return err
	}
	if (fields["lat_deg"] == "") != (fields["lon_deg"] == "") {
		return wrong("lat_deg and lon_deg stand together; give both or neither")
	}
	if report.Lat, err = degrees("lat_deg", fields["lat_deg"], 90); err != nil {
		return err
	}
	report.Lon, err = degrees("lon_deg", fields["lon_deg"], 180)
	return err
}

// readable tells whether text is UTF-8 without what cannot be seen.
func readable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}

func timeOf(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 1970 || t.Year() > 2261 {
		return time.Time{}, wrong("time %.80q: give it as 2018-11-25T14:05:00Z", text)
	}
	return t.UTC(), nil
}

func degrees(name, text string, most float64) (*float64, error) {
	if text == "" {
		return nil, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= -most && v <= most) {
		return nil, wrong("%s %.80q: give degrees from %v to %v", name, text, -most, most)
	}
	return &v, nil
}

// file answers with a file of a report, to be saved.
func (s *Server) file(w http.ResponseWriter, r *http.Request, original bool) {
	report, err := s.reports.named(r.Context(), r.PathValue("report"))
	if err != nil {
		answerError(w, err)
		return
	}
	at := slices.IndexFunc(report.Files, func(f KeptFile) bool { return f.SHA256 == r.PathValue("sha256") })
	if at < 0 {
		problem(w, http.StatusNotFound, "the report has no such file; it lists those it has")
		return
	}
	file := report.Files[at]
	f, err := s.reports.store.open(file, original)
	if err != nil {
		problem(w, http.StatusNotFound, "this file cannot be shown without its metadata; a planner can read it as it came, with /original")
		return
	}
	defer f.Close()
	what := "open-file"
	if original {
		what = "open-original"
	}
	if err := s.audit(r.Context(), what, report.ID+"/"+file.SHA256, ""); err != nil {
		answerError(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", servedAs(file.Type))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fmt.Sprintf("%s-%d%s", report.ID, at+1, endings[file.Type])}))
	http.ServeContent(w, r, "", time.Time{}, f)
}

// servedAs is the type under which a file is given: only those in which nothing
// can be run.
func servedAs(kind string) string {
	switch kind {
	case "image/jpeg", "image/png":
		return kind
	case "text/plain":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}
