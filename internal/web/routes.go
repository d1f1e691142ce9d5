package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"vedette/internal/access"
)

// route is one thing that can be asked, and what one needs for it.
type route struct {
	id, method, path string
	need             access.Permission
	tag, summary     string
	status           int // of success; 200
	body             int // most bytes; 1 MiB
}

// maxReport bounds a report with its files, in bytes.
const maxReport = 20 << 20

// The groups of routes in the document. Those without one are not in it.
const (
	pictureTag = "picture"
	pastTag    = "history"
	callsTag   = "calls for help"
	reportsTag = "reports"
	peopleTag  = "people"
	stateTag   = "state"
)

// routes is every route there is. Nothing else can be registered.
var routes = []route{
	{id: "page", method: "GET", path: "/{$}", need: public},
	{id: "page-file", method: "GET", path: "/ui/{file...}", need: public},
	{id: "openapi", method: "GET", path: "/api/v1/openapi.json", need: public},

	{id: "get-area", method: "GET", path: "/api/v1/area", need: access.SeePicture, tag: pictureTag, summary: "The area: frontier, sites, barriers, protected places"},
	{id: "get-outlines", method: "GET", path: "/api/v1/outlines", need: access.SeePicture, tag: pictureTag, summary: "Outlines of the countries around the area"},
	{id: "list-objects", method: "GET", path: "/api/v1/objects", need: access.SeePicture, tag: pictureTag, summary: "What is where now"},
	{id: "get-object", method: "GET", path: "/api/v1/objects/{source}/{id}", need: access.SeePicture, tag: pictureTag, summary: "One object"},
	{id: "get-tile", method: "GET", path: "/api/v1/tiles/{z}/{x}/{y}", need: access.SeePicture, tag: pictureTag, summary: "What is where now, as a Mapbox vector tile; y ends in .mvt"},
	{id: "stream", method: "GET", path: "/api/v1/stream", need: access.SeePicture, tag: pictureTag, summary: "Changes as server-sent events, resumed by Last-Event-ID"},
	{id: "post-observations", method: "POST", path: "/api/v1/observations", need: access.ReportIn, tag: pictureTag, summary: "Say what is seen; answered once it is synced to the journal", status: http.StatusCreated},

	{id: "past-objects", method: "GET", path: "/api/v1/history/objects", need: access.SeePicture, tag: pastTag, summary: "What was where, from when to when, or at a moment"},
	{id: "past-tracks", method: "GET", path: "/api/v1/history/tracks", need: access.SeePicture, tag: pastTag, summary: "Tracks of the past as lines"},
	{id: "past-counts", method: "GET", path: "/api/v1/history/counts", need: access.SeePicture, tag: pastTag, summary: "How many observations there are in each part of a time"},

	{id: "list-calls", method: "GET", path: "/api/v1/emergencies", need: access.SeePicture, tag: callsTag, summary: "Calls for help: the open ones, oldest first, then those closed"},
	{id: "close-call", method: "POST", path: "/api/v1/emergencies/{source}/{id}/close", need: access.Operate, tag: callsTag, summary: "Close a call for help with its outcome", status: http.StatusNoContent},

	{id: "post-report", method: "POST", path: "/api/v1/reports", need: access.ReportIn, tag: reportsTag, summary: "Send a report with files", status: http.StatusCreated, body: maxReport},
	{id: "list-reports", method: "GET", path: "/api/v1/reports", need: access.SeePicture, tag: reportsTag, summary: "Reports, newest first"},
	{id: "get-report", method: "GET", path: "/api/v1/reports/{report}", need: access.SeePicture, tag: reportsTag, summary: "One report"},
	{id: "get-file", method: "GET", path: "/api/v1/reports/{report}/files/{sha256}", need: access.SeePicture, tag: reportsTag, summary: "A file of a report, without its metadata"},
	{id: "get-original", method: "GET", path: "/api/v1/reports/{report}/files/{sha256}/original", need: access.Plan, tag: reportsTag, summary: "A file of a report as it came"},

	{id: "log-in", method: "POST", path: "/api/v1/session", need: public, tag: peopleTag, summary: "Log in", body: 4 << 10},
	{id: "log-out", method: "DELETE", path: "/api/v1/session", need: signedIn, tag: peopleTag, summary: "Log out", status: http.StatusNoContent},
	{id: "me", method: "GET", path: "/api/v1/me", need: signedIn, tag: peopleTag, summary: "Who I am, and what I may do"},
	{id: "list-audit", method: "GET", path: "/api/v1/audit", need: access.ReadAudit, tag: peopleTag, summary: "The audit trail"},

	{id: "list-feeds", method: "GET", path: "/api/v1/feeds", need: access.SeePicture, tag: stateTag, summary: "How the feeds are"},
	{id: "post-feed", method: "POST", path: "/api/v1/feeds/{feed}/observations", need: access.ReportIn, tag: stateTag, summary: "Observations in a form of somebody else's, by the mapping of a feed of kind json"},
	{id: "list-clients", method: "GET", path: "/api/v1/clients", need: access.Operate, tag: stateTag, summary: "Who is connected"},
	{id: "healthz", method: "GET", path: "/healthz", need: public, tag: stateTag, summary: "Whether the process answers"},
	{id: "readyz", method: "GET", path: "/readyz", need: public, tag: stateTag, summary: "Whether what is sent is kept, and if not, why"},
	{id: "metrics", method: "GET", path: "/metrics", need: access.Administer, tag: stateTag, summary: "Figures for Prometheus"},
}

func newAPI(g *gate) huma.API {
	config := huma.DefaultConfig("Vedette", "1")
	config.Info.Description = "The live picture of a watched frontier. Positions are WGS 84, units stand in the names."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", "", nil
	config.RejectUnknownQueryParameters = true
	config.Transformers = []huma.Transformer{mended}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: "vedette", Description: "__Host-vedette under TLS; what changes something needs X-CSRF-Token too"},
		"token":   {Type: "http", Scheme: "bearer"},
	}
	return humago.New(g, config)
}

// mended puts into the detail of an error what is wrong in particular, which
// else stands only in its list.
func mended(_ huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok || len(e.Errors) == 0 {
		return v, nil
	}
	first := e.Errors[0]
	if first.Location != "" {
		e.Detail += ": " + first.Location
	}
	e.Detail += ": " + first.Message
	return e, nil
}

// operation is what the document says of a route.
func operation(id string) huma.Operation {
	for _, r := range routes {
		if r.id != id {
			continue
		}
		op := huma.Operation{
			OperationID: r.id, Method: r.method, Path: r.path, Summary: r.summary, DefaultStatus: r.status,
			MaxBodyBytes: int64(r.body), Errors: []int{400, 401, 403, 404, 422, 429},
			Extensions: map[string]any{"x-permission": string(r.need)},
		}
		if r.tag != "" {
			op.Tags = []string{r.tag}
		}
		if r.need != public {
			op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
		}
		return op
	}
	panic("web: no route is called " + id)
}

// add registers a handler of JSON.
func add[I, O any](s *Server, id string, handler func(context.Context, *I) (*O, error)) {
	huma.Register(s.api, operation(id), handler)
}

// raw registers a handler that reads and writes for itself, and says in the
// document what doc adds.
func (s *Server) raw(id string, handler http.HandlerFunc, doc func(*huma.Operation)) {
	op := operation(id)
	if len(op.Tags) > 0 {
		op.Responses = map[string]*huma.Response{"default": {
			Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {}},
		}}
		doc(&op)
		s.api.OpenAPI().AddOperation(&op)
	}
	s.gate.HandleFunc(op.Method+" "+op.Path, handler)
}

// gives says that an operation gives a type of content.
func gives(op *huma.Operation, code, contentType, description string, schema *huma.Schema) {
	op.Responses[code] = &huma.Response{Description: description, Content: map[string]*huma.MediaType{contentType: {Schema: schema}}}
}

// param is a parameter that the document names.
func param(op *huma.Operation, in, name, description string) {
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: name, In: in, Required: in == "path", Description: description, Schema: &huma.Schema{Type: huma.TypeString},
	})
}

// text is the schema of a string.
func text() *huma.Schema { return &huma.Schema{Type: huma.TypeString} }

// bytesOf is the schema of a file.
func bytesOf() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }

func (s *Server) register() {
	s.registerPage()
	s.registerPicture()
	s.registerPast()
	s.registerCalls()
	s.registerReports()
	s.registerPeople()
	s.registerState()
}
