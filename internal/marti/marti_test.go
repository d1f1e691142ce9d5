package marti

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"vedette/internal/depot"
	"vedette/internal/picture"
	"vedette/track"
)

// TestEveryRouteNeedsACertificateThatCounts goes through the table of routes
// itself, so that a new one is held to it too.
func TestEveryRouteNeedsACertificateThatCounts(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	h.revoked["carl"] = true
	for _, name := range []string{"", "carl", "stranger"} {
		c := h.as(name)
		for pattern := range h.server.knownRoutes() {
			method, path, _ := strings.Cut(pattern, " ")
			path = strings.NewReplacer("{uid}", "u1", "{hash}", hashOf("x"), "{property}", "tool").Replace(path)
			h.do(c, method, h.api+path, "").want(t, 403)
		}
	}
}

func TestARevokedCertificateCountsNoMoreOnAConnectionThatStands(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	c := h.as("anna")
	h.do(c, "GET", h.api+"/Marti/api/version", "").want(t, 200)
	h.mu.Lock()
	h.revoked["anna"] = true
	h.mu.Unlock()
	h.do(c, "GET", h.api+"/Marti/api/version", "").want(t, 403)
}

func TestWhatNobodyAsksForIsAProblem(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	for _, path := range []string{"/", "/Marti/api/nothing", "/Marti/sync/../../etc/passwd", "/Marti/api/cot/xml/"} {
		h.get("anna", path).want(t, 404)
	}
	h.do(h.as("anna"), "DELETE", h.api+"/Marti/api/version", "").want(t, 404)
}

func TestPagesOfOtherSitesCannotUseACertificate(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	c := h.as("anna")
	h.do(c, "POST", h.api+"/Marti/sync/upload?name=a", "x", "Origin", "https://evil.example").want(t, 403)
	h.do(c, "POST", h.api+"/Marti/sync/upload?name=a", "x", "Sec-Fetch-Site", "cross-site").want(t, 403)
	if got := h.depot.Stats(); got.Files != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAnswersCarryTheHeadersThatKeepThemQuiet(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	for _, res := range []reply{h.get("anna", "/Marti/api/version"), h.get("anna", "/none"), h.get("", "/Marti/api/version")} {
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", res.Request.URL, name, got)
			}
		}
		if !strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: no sandbox", res.Request.URL)
		}
	}
}

func TestVersions(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{Host: "tak.example:8443", Node: "n1"})
	if res := h.get("anna", "/Marti/api/version").want(t, 200); res.body != "Vedette 1.2" {
		t.Errorf("%q", res.body)
	}
	want := `{"version":"3","type":"ServerConfig","data":{"api":"3","hostname":"tak.example","version":"Vedette 1.2"},"nodeId":"n1"}`
	if res := h.get("anna", "/Marti/api/version/config").want(t, 200); res.body != want || res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s", res.Header.Get("Content-Type"), res.body)
	}
	h.get("anna", "/Marti/api/device/profile/connection?syncSecago=0&clientUid=u1").want(t, 204)
}

// crowd is who is connected, in two groups and in none.
func crowd() []Client {
	last := now.Add(-90 * time.Second)
	return []Client{
		{UID: "u2", Callsign: "B-2", User: "ben", Groups: []string{"blue", "red"}, Team: "Cyan", Role: "HQ", Device: "ATAK-CIV 5.2", Address: "10.0.0.2:4000", Protocol: "tls", Last: now, Queued: 3, Received: 7},
		{UID: "u1", Callsign: "A-1", User: "anna", Groups: []string{"red"}, Address: "10.0.0.1:4000", Protocol: "tls", Last: last},
		{UID: "u3", Callsign: "C-3", User: "carl", Groups: []string{"blue"}, Address: "10.0.0.3:4000", Protocol: "tls", Last: last},
		{UID: "u4", Callsign: "D-4", Address: "10.0.0.4:4000", Protocol: "tcp", Last: last},
		{Address: "10.0.0.5:4000", Protocol: "tcp"}, // has not said who it is
	}
}

func TestOthersAreSeenByGroups(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	h.clients = crowd()
	for name, want := range map[string]string{
		"anna": "[A-1 B-2 D-4]", "ben": "[A-1 B-2 C-3 D-4]", "carl": "[B-2 C-3 D-4]", "dora": "[D-4]", "root": "[A-1 B-2 C-3 D-4]",
	} {
		var contacts []contact
		h.get(name, "/Marti/api/contacts/all").want(t, 200).read(t, &contacts)
		var points struct {
			Version, Type, NodeID string
			Data                  []endPoint
		}
		h.get(name, "/Marti/api/clientEndPoints").want(t, 200).read(t, &points)
		var subs struct {
			Version, Type, NodeID string
			Data                  []subscription
		}
		h.get(name, "/Marti/api/subscriptions/all?page=-1&limit=-1").want(t, 200).read(t, &subs)
		var one, two, three []string
		for _, c := range contacts {
			one = append(one, c.Callsign)
		}
		for _, c := range points.Data {
			two = append(two, c.Callsign)
		}
		for _, c := range subs.Data {
			three = append(three, c.Callsign)
		}
		for _, got := range [][]string{one, two, three} {
			if fmt.Sprint(got) != want {
				t.Errorf("%s sees %v, want %s", name, got, want)
			}
		}
	}
}

func TestContactsHaveTAKsShape(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	h.clients = crowd()[:1]
	want := `[{"filterGroups":null,"notes":"ben","callsign":"B-2","team":"Cyan","role":"HQ","takv":"ATAK-CIV 5.2","uid":"u2"}]`
	if got := h.get("anna", "/Marti/api/contacts/all").body; got != want {
		t.Errorf("%s", got)
	}
	want = `{"version":"3","type":"com.bbn.marti.remote.ClientEndpoint","data":[{"callsign":"B-2","uid":"u2","username":"ben","team":"Cyan","role":"HQ","lastEventTime":"2026-05-01T12:00:00.000Z","lastStatus":"Connected"}],"nodeId":"vedette"}`
	if got := h.get("anna", "/Marti/api/clientEndPoints").body; got != want {
		t.Errorf("%s", got)
	}
	h.clients = nil
	if got := h.get("anna", "/Marti/api/contacts/all").body; got != "[]" {
		t.Errorf("nobody is %s", got)
	}
}

func TestADeviceIsListedOnceHoweverManySessionsItHas(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	h.clients = []Client{
		{UID: "u1", Callsign: "new", User: "anna", Since: now}, {UID: "u1", Callsign: "new", User: "anna", Since: now},
		{UID: "u1", Callsign: "old", User: "anna", Since: now.Add(-time.Hour)}, {UID: "u2", Callsign: "other"},
	}
	var got []contact
	h.get("anna", "/Marti/api/contacts/all").read(t, &got)
	if len(got) != 2 || got[0].Callsign != "new" || got[1].Callsign != "other" {
		t.Errorf("%+v", got)
	}
	if res := h.get("anna", "/Marti/api/subscriptions/all"); strings.Count(res.body, `"clientUid"`) != 4 {
		t.Errorf("sessions: %s", res.body)
	}
}

func TestClientsAreDescribedByTheirNewestEvent(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	h.clients = []Client{
		{UID: "u1", Callsign: "A-1", User: "anna"}, {UID: "u2", Callsign: "B-2", User: "ben", Role: "HQ"},
		{UID: "u3", Callsign: "C-3", User: "carl"}, {UID: "u4", Callsign: "D-4"},
	}
	for uid, by := range map[string]string{"u1": "anna", "u2": "ben", "u3": "mallory"} {
		o := observation(uid)
		o.By = by
		o.CoT = `<event version="2.0" uid="` + uid + `" type="a-f-G" how="m-g" time="2026-05-01T12:00:00Z" start="2026-05-01T12:00:00Z" stale="2026-05-01T12:05:00Z">` +
			`<point lat="1" lon="2" hae="3" ce="4" le="5"/><detail><takv platform="ATAK-CIV" version="5.2" device="x" os="y"/><__group name="Cyan" role="Medic"/></detail></event>`
		h.objects[uid] = o
	}
	h.objects["u4"] = observation("u4") // which is no whole event
	var got []contact
	h.get("root", "/Marti/api/contacts/all").want(t, 200).read(t, &got)
	want := []contact{
		{nil, "anna", "A-1", "Cyan", "Medic", "ATAK-CIV 5.2", "u1"}, {nil, "ben", "B-2", "Cyan", "HQ", "ATAK-CIV 5.2", "u2"},
		{nil, "carl", "C-3", "", "", "", "u3"}, {nil, "", "D-4", "", "", "", "u4"},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v", got)
	}
}

func TestEndPointsAndSubscriptionsAreChosen(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	h.clients = crowd()
	for path, want := range map[string]string{
		"/Marti/api/clientEndPoints?secAgo=60":                                   "[u2]",
		"/Marti/api/clientEndPoints?secAgo=0&showCurrentlyConnectedClients=true": "[u1 u2 u3 u4]",
		"/Marti/api/clientEndPoints?secAgo=99999999999":                          "[u1 u2 u3 u4]",
		"/Marti/api/clientEndPoints?group=red":                                   "[u1 u2]",
		"/Marti/api/subscriptions/all?sortBy=UID&direction=DESCENDING":           "[u4 u3 u2 u1]",
		"/Marti/api/subscriptions/all?page=2&limit=3":                            "[u4]",
		"/Marti/api/subscriptions/all?page=9&limit=3":                            "[]",
	} {
		var got struct{ Data []map[string]any }
		if err := json.Unmarshal([]byte(h.get("root", path).want(t, 200).body), &got); err != nil {
			t.Fatal(err)
		}
		uids := []any{}
		for _, d := range got.Data {
			uids = append(uids, cmpOr(d["uid"], d["clientUid"]))
		}
		if fmt.Sprint(uids) != want {
			t.Errorf("%s gives %v, want %s", path, uids, want)
		}
	}
}

func cmpOr(a, b any) any {
	if a != nil {
		return a
	}
	return b
}

func TestAddressesAreForTheUserAndAdministrators(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	h.clients = crowd()
	for name, want := range map[string]string{"anna": "[10.0.0.1]", "root": "[10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4]", "dora": "[]"} {
		var got struct {
			Version, Type, NodeID string
			Data                  []subscription
		}
		h.get(name, "/Marti/api/subscriptions/all").read(t, &got)
		hosts := []string{}
		for _, s := range got.Data {
			if s.Address != "" {
				hosts = append(hosts, s.Address)
			}
		}
		if fmt.Sprint(hosts) != want {
			t.Errorf("%s sees %v", name, hosts)
		}
	}
}

func TestGroups(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	var got struct {
		Version, Type, NodeID string
		Data                  []group
	}
	for _, path := range []string{"/Marti/api/groups/all?useCache=true", "/Marti/api/groups/active"} {
		h.get("ben", path).want(t, 200).read(t, &got)
		want := []group{
			{"blue", "IN", "2026-05-01", "SYSTEM", 1, true}, {"blue", "OUT", "2026-05-01", "SYSTEM", 1, true},
			{"red", "IN", "2026-05-01", "SYSTEM", 2, true}, {"red", "OUT", "2026-05-01", "SYSTEM", 2, true},
		}
		if !slices.Equal(got.Data, want) || got.Type != "com.bbn.marti.remote.groups.Group" {
			t.Errorf("%s: %+v", path, got)
		}
	}
	h.get("dora", "/Marti/api/groups/all").want(t, 200).read(t, &got)
	if len(got.Data) != 2 || got.Data[0].Name != everybody {
		t.Errorf("dora: %+v", got)
	}
	if res := h.get("dora", "/Marti/api/groups/groupCacheEnabled"); !strings.Contains(res.body, `"data":false`) {
		t.Errorf("%s", res.body)
	}
}

func TestGroupsCannotBeSwitchedOff(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	c := h.as("ben")
	for _, x := range []struct {
		body string
		want int
	}{
		{`[{"name":"blue","active":true,"direction":"IN"},{"name":"red","active":true}]`, 200},
		{`[{"name":"blue","active":true},{"name":"red","active":true},{"name":"green","active":false}]`, 200},
		{`[{"name":"blue","active":true},{"name":"red","active":false}]`, 409},
		{`[{"name":"blue","active":true},{"name":"red","active":true},{"name":"green","active":true}]`, 403},
		{`[]`, 409},
		{`{`, 400},
		{`[` + strings.Repeat(" ", 256<<10) + `]`, 413},
	} {
		h.do(c, "PUT", h.api+"/Marti/api/groups/active?clientUid=u2", x.body).want(t, x.want)
	}
}

func TestTheNewestEventOfAnObject(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	odd := "a/b c?ü"
	h.objects = map[string]*track.Observation{"red": observation("red", "red"), odd: observation(odd), "gone": observation("gone"), "366": observation("366")}
	h.objects["gone"].Gone = true
	h.objects["366"].Source, h.objects["366"].CoT = "ais", ""
	for _, c := range []struct {
		name, uid string
		want      int
	}{
		{"anna", "red", 200}, {"carl", "red", 404}, {"dora", "red", 404}, {"dora", odd, 200}, {"anna", "gone", 404}, {"anna", "none", 404}, {"anna", "ais.366", 200}, {"anna", "366", 404}, {"anna", "adsb.366", 404},
	} {
		res := h.get(c.name, "/Marti/api/cot/xml/"+url.PathEscape(c.uid)).want(t, c.want)
		if c.want == 404 {
			if res.body != "" {
				t.Errorf("%s: %q; clients look at the length", c.uid, res.body)
			}
			continue
		}
		var event struct {
			XMLName xml.Name `xml:"event"`
			UID     string   `xml:"uid,attr"`
		}
		if err := xml.Unmarshal([]byte(res.body), &event); err != nil || event.UID != c.uid || strings.Count(res.body, "<?xml") != 1 {
			t.Errorf("%s: %v in %s", c.uid, err, res.body)
		}
	}
}

func TestThePastOfAnObject(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	h.objects["red"] = observation("red", "red")
	for _, c := range []struct {
		name, query string
		want        int
	}{
		{"anna", "", 1}, {"carl", "", 0}, {"anna", "?secago=30", 0}, {"anna", "?secago=61", 1},
		{"anna", "?start=2026-05-01T11:00:00Z&end=2026-05-01T11:59:30Z", 1}, {"anna", "?end=2026-05-01T11:58:00.5Z", 0},
	} {
		res := h.get(c.name, "/Marti/api/cot/xml/red/all"+c.query).want(t, 200)
		var got struct {
			XMLName xml.Name `xml:"events"`
			Events  []struct {
				UID string `xml:"uid,attr"`
			} `xml:"event"`
		}
		if err := xml.Unmarshal([]byte(res.body), &got); err != nil || len(got.Events) != c.want {
			t.Errorf("%s %s: %v in %s", c.name, c.query, err, res.body)
		}
	}
	for _, q := range []string{"?secago=-1", "?secago=x", "?start=yesterday"} {
		h.get("anna", "/Marti/api/cot/xml/red/all"+q).want(t, 400)
	}
}

// BenchmarkContacts lists 2,000 clients, each with an event to be read.
func BenchmarkContacts(b *testing.B) {
	var clients []Client
	objects := map[string]*track.Observation{}
	for i := range 2000 {
		uid := fmt.Sprint("u", i)
		clients = append(clients, Client{UID: uid, Callsign: fmt.Sprint("C-", i), Protocol: "tls"})
		objects[uid] = observation(uid)
		objects[uid].CoT = `<event version="2.0" uid="` + uid + `" type="a-f-G" how="m-g" time="2026-05-01T12:00:00Z" start="2026-05-01T12:00:00Z" stale="2026-05-01T12:05:00Z">` +
			`<point lat="1" lon="2" hae="3" ce="4" le="5"/><detail><takv platform="ATAK-CIV" version="5.2" device="x" os="y"/><__group name="Cyan" role="Medic"/></detail></event>`
	}
	object := func(key track.Key) (picture.Object, bool) {
		o, ok := objects[key.ID]
		return picture.Object{Observation: o}, ok
	}
	s := New(Options{Clients: func() []Client { return clients }, Object: object})
	for b.Loop() {
		w := httptest.NewRecorder()
		if err := s.contacts(w, nil, people["dora"]); err != nil || w.Body.Len() < 2000 {
			b.Fatal(err)
		}
	}
}
