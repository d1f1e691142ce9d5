package marti

import (
	"cmp"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vedette/track"
	"vedette/wire/cot"
)

// everybody is the group that TAK shows to who is in none.
const everybody = "__ANON__"

// stamp is how TAK writes times.
const stamp = "2006-01-02T15:04:05.000Z"

func (s *Server) version(w http.ResponseWriter, _ *http.Request, _ Who) error {
	return sendText(w, "Vedette "+s.opts.Version)
}

func (s *Server) versionConfig(w http.ResponseWriter, r *http.Request, _ Who) error {
	host, _, err := net.SplitHostPort(s.host(r))
	if err != nil {
		host = s.host(r)
	}
	return s.wrap(w, "ServerConfig", map[string]string{"version": "Vedette " + s.opts.Version, "api": "3", "hostname": host})
}

// host is where this server is, as clients know it.
func (s *Server) host(r *http.Request) string {
	return cmp.Or(s.opts.Host, r.Host)
}

// seen gives the clients that somebody may know of, by callsign.
func (s *Server) seen(who Who) []Client {
	var all []Client
	for _, c := range s.opts.Clients() {
		if c.UID != "" && who.shares(c.Groups) {
			all = append(all, s.describe(c))
		}
	}
	slices.SortFunc(all, func(a, b Client) int {
		return cmp.Or(strings.Compare(a.Callsign, b.Callsign), strings.Compare(a.UID, b.UID), a.Since.Compare(b.Since))
	})
	return all
}

// devices are the clients that somebody may know of, each once: a phone that lost
// its net may have left a session behind.
func (s *Server) devices(who Who) []Client {
	seen := s.seen(who)
	newest := map[string]time.Time{}
	for _, c := range seen {
		if t, ok := newest[c.UID]; !ok || c.Since.After(t) {
			newest[c.UID] = c.Since
		}
	}
	return slices.DeleteFunc(seen, func(c Client) bool {
		t, ok := newest[c.UID]
		if ok && c.Since.Equal(t) {
			delete(newest, c.UID) // a second one of the same instant goes
			return false
		}
		return true
	})
}

// describe adds what a client says of itself in its newest event.
func (s *Server) describe(c Client) Client {
	o, ok := s.opts.Object(track.Key{Source: Source, ID: c.UID})
	if !ok || c.User != "" && o.By != c.User || o.CoT == "" {
		return c
	}
	e, err := cot.Parse([]byte(o.CoT))
	if err != nil {
		return c
	}
	group, _ := e.Detail.Group()
	c.Team, c.Role = cmp.Or(c.Team, group.Name), cmp.Or(c.Role, group.Role)
	takv, _ := e.Detail.Takv()
	c.Device = cmp.Or(c.Device, strings.TrimSpace(takv.Platform+" "+takv.Version))
	return c
}

type contact struct {
	FilterGroups []string `json:"filterGroups"`
	Notes        string   `json:"notes"` // the user
	Callsign     string   `json:"callsign"`
	Team         string   `json:"team"`
	Role         string   `json:"role"`
	Takv         string   `json:"takv"`
	UID          string   `json:"uid"`
}

func (s *Server) contacts(w http.ResponseWriter, _ *http.Request, who Who) error {
	all := []contact{}
	for _, c := range s.devices(who) {
		all = append(all, contact{nil, c.User, c.Callsign, c.Team, c.Role, c.Device, c.UID})
	}
	return sendJSON(w, "application/json", all)
}

type endPoint struct {
	Callsign string `json:"callsign"`
	UID      string `json:"uid"`
	Username string `json:"username"`
	Team     string `json:"team"`
	Role     string `json:"role"`
	Last     string `json:"lastEventTime"`
	Status   string `json:"lastStatus"`
}

// endPoints knows who is connected, and of nobody who was.
func (s *Server) endPoints(w http.ResponseWriter, r *http.Request, who Who) error {
	q := r.URL.Query()
	all := []endPoint{}
	for _, c := range s.devices(who) {
		if s.asked(c, q) {
			all = append(all, endPoint{c.Callsign, c.UID, c.User, c.Team, c.Role, c.Last.UTC().Format(stamp), "Connected"})
		}
	}
	return s.wrap(w, "com.bbn.marti.remote.ClientEndpoint", all)
}

// asked tells whether a client is one of those that the query wants.
func (s *Server) asked(c Client, q url.Values) bool {
	if ago, err := strconv.Atoi(q.Get("secAgo")); err == nil && ago > 0 {
		if s.opts.Clock().Sub(c.Last) > time.Duration(min(ago, 1<<30))*time.Second {
			return false
		}
	}
	groups := q["group"]
	return len(groups) == 0 || slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(c.Groups, g) })
}

type group struct {
	Name      string `json:"name"`
	Direction string `json:"direction"`
	Created   string `json:"created"`
	Type      string `json:"type"`
	Bit       int    `json:"bitpos"`
	Active    bool   `json:"active"`
}

// groupsOf lists groups as TAK does: each twice, to read in and to write to.
func (s *Server) groupsOf(names []string) []group {
	if len(names) == 0 {
		names = []string{everybody}
	}
	all := []group{}
	for i, name := range slices.Sorted(slices.Values(names)) {
		for _, direction := range []string{"IN", "OUT"} {
			all = append(all, group{name, direction, s.born.Format(time.DateOnly), "SYSTEM", i + 1, true})
		}
	}
	return all
}

func (s *Server) groups(w http.ResponseWriter, _ *http.Request, who Who) error {
	return s.wrap(w, "com.bbn.marti.remote.groups.Group", s.groupsOf(who.Groups))
}

// groupCache says no: ATAK then offers no switches for groups.
func (s *Server) groupCache(w http.ResponseWriter, _ *http.Request, _ Who) error {
	return s.wrap(w, "java.lang.Boolean", false)
}

// activate accepts what leaves everything as it is, for groups are always active.
func (s *Server) activate(w http.ResponseWriter, r *http.Request, who Who) error {
	body, err := small(w, r, 256<<10)
	if err != nil {
		return err
	}
	var wanted []group
	if err := json.Unmarshal(body, &wanted); err != nil {
		return fail(http.StatusBadRequest, "the body is no list of groups (%v)", err)
	}
	have := s.groupsOf(who.Groups)
	active := func(name string) bool {
		return slices.ContainsFunc(wanted, func(g group) bool { return g.Name == name && g.Active })
	}
	for _, g := range have {
		if !active(g.Name) {
			return fail(http.StatusConflict, "groups cannot be switched off here (%q); an administrator can take you out of one", g.Name)
		}
	}
	for _, g := range wanted {
		if g.Active && !slices.ContainsFunc(have, func(h group) bool { return h.Name == g.Name }) {
			return fail(http.StatusForbidden, "you are not in the group %.80q; ask an administrator", g.Name)
		}
	}
	return nil
}

// subscription has what TAK Server tells of a session; what is not known here is
// empty.
type subscription struct {
	DN              *string `json:"dn"`
	Callsign        string  `json:"callsign"`
	ClientUID       string  `json:"clientUid"`
	LastReport      int64   `json:"lastReportMilliseconds"`
	TakClient       string  `json:"takClient"`
	TakVersion      string  `json:"takVersion"`
	Username        string  `json:"username"`
	Groups          []group `json:"groups"`
	Role            string  `json:"role"`
	Team            string  `json:"team"`
	Address         string  `json:"ipAddress"`
	Port            string  `json:"port"`
	Pending         int     `json:"pendingWrites"`
	Processed       uint64  `json:"numProcessed"`
	Protocol        string  `json:"protocol"`
	XPath           *string `json:"xpath"`
	SubscriptionUID string  `json:"subscriptionUid"`
	Framerate       string  `json:"appFramerate"`
	Battery         string  `json:"battery"`
	BatteryStatus   string  `json:"batteryStatus"`
	BatteryTemp     string  `json:"batteryTemp"`
	DataRx          string  `json:"deviceDataRx"`
	DataTx          string  `json:"deviceDataTx"`
	HeapCurrent     string  `json:"heapCurrentSize"`
	HeapFree        string  `json:"heapFreeSize"`
	HeapMax         string  `json:"heapMaxSize"`
	DeviceAddress   string  `json:"deviceIPAddress"`
	StorageFree     string  `json:"storageAvailable"`
	StorageTotal    string  `json:"storageTotal"`
	Incognito       bool    `json:"incognito"`
	Handler         string  `json:"handlerType"`
	LastReportDiff  int64   `json:"lastReportDiffMilliseconds"`
}

func (s *Server) subscriptions(w http.ResponseWriter, r *http.Request, who Who) error {
	q := r.URL.Query()
	seen := s.seen(who)
	if q.Get("sortBy") == "UID" {
		slices.SortStableFunc(seen, func(a, b Client) int { return strings.Compare(a.UID, b.UID) })
	}
	if q.Get("direction") == "DESCENDING" {
		slices.Reverse(seen)
	}
	all := []subscription{}
	for _, c := range page(seen, q) {
		all = append(all, s.subscription(c, who))
	}
	return s.wrap(w, "com.bbn.marti.remote.SubscriptionInfo", all)
}

// page cuts out what the query asks for: page numbers count from 1, and without
// both a page and a limit it is all.
func page(all []Client, q url.Values) []Client {
	number, err1 := strconv.Atoi(q.Get("page"))
	limit, err2 := strconv.Atoi(q.Get("limit"))
	if err1 != nil || err2 != nil || number < 1 || limit < 1 {
		return all
	}
	pages := slices.Collect(slices.Chunk(all, limit))
	if number > len(pages) {
		return nil
	}
	return pages[number-1]
}

// subscription tells where a device is on the network only to its user and to
// administrators.
func (s *Server) subscription(c Client, who Who) subscription {
	host, port := "", ""
	if who.Admin || c.User != "" && c.User == who.Name {
		if h, p, err := net.SplitHostPort(c.Address); err == nil {
			host, port = h, p
		}
	}
	return subscription{
		Callsign: c.Callsign, ClientUID: c.UID, LastReport: c.Last.UnixMilli(),
		TakClient: c.Device, Username: c.User, Groups: s.groupsOf(c.Groups), Role: c.Role, Team: c.Team,
		Address: host, Port: port, Pending: c.Queued, Processed: c.Received, Protocol: c.Protocol,
		SubscriptionUID: c.UID, Handler: c.Protocol,
		LastReportDiff: s.opts.Clock().Sub(c.Last).Milliseconds(),
	}
}
