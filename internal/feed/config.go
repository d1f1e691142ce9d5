package feed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"vedette/geo"
	"vedette/track"
)

// Config is one feed in the settings. What is left out is a default; a zero
// stands for it too.
type Config struct {
	Name string `toml:"name" doc:"The feed's name: the source of all that it brings. 1 to 64 of a-z, 0-9, - and _."`
	Kind string `toml:"kind" doc:"What the other side speaks: cot, ais, sbs, beast, aircraft, mqtt, json or replay."`
	URL  string `toml:"url" doc:"Where from: tcp://host:port, tls://host:port, tcp-listen://address:port, udp-listen://address:port, http://, https://, mqtt://, mqtts://, mqtt-listen://, mqtts-listen:// or file:path, as the kind allows. The kind json has none."`

	Trust  string   `toml:"trust" doc:"Who vouches: unauthenticated where nobody does, and then it must be said; certificate where TLS shows who the other side is; local for a file. Where only one is possible and it is not the first, it may be left out."`
	Groups []string `toml:"groups" doc:"The groups that see what the feed brings; none for all."`
	Type   string   `toml:"type" for:"ais,mqtt,json,replay" doc:"The type of what the other side gives none to, as in Cursor on Target. For mqtt, json, replay, and the receiver's own position in ais."`

	SilentAfter float64 `toml:"silent_after_s" unit:"s" doc:"After how long without an observation the feed is shown as silent."`
	StaleAfter  float64 `toml:"stale_after_s" unit:"s" doc:"How long an observation is current where its source does not say; 0 for what suits the kind."`

	Allow []string `toml:"allow" doc:"For a port that listens: the networks from which is taken, as 192.168.7.0/24. Only this machine where it is left out."`

	CAFile     string `toml:"ca_file" doc:"PEM file of the authorities that the other side's certificate must be from; those of the system where it is left out."`
	CertFile   string `toml:"cert_file" doc:"PEM file of the client certificate to show."`
	KeyFile    string `toml:"key_file" doc:"PEM file of its key."`
	ServerName string `toml:"server_name" doc:"The name in the other side's certificate, where it is not the host of the URL."`

	User         string   `toml:"user" for:"mqtt" doc:"User at the MQTT broker."`
	PasswordFile string   `toml:"password_file" for:"mqtt" doc:"File that holds the password, so that it does not stand in the settings."`
	Topics       []string `toml:"topics" for:"mqtt" doc:"Topics to subscribe to; + and # as in MQTT."`

	Devices map[string]string `toml:"devices" for:"mqtt" doc:"For mqtt-listen and mqtts-listen: device = bcrypt hash of its password, as htpasswd -nB makes it. A device publishes below its own name."`

	Items      string             `toml:"items" for:"mqtt,json" doc:"Path to the list of observations within a JSON document; the document itself, or a list that it is, where left out."`
	Fields     map[string]string  `toml:"fields" for:"mqtt,json" doc:"For JSON: field of an observation = path in the document. See docs/feeds.md."`
	Scale      map[string]float64 `toml:"scale" for:"mqtt,json" doc:"For JSON: factor by which a number is multiplied, as speed_m_s = 0.27778 for km/h."`
	TimeFormat string             `toml:"time_format" for:"mqtt,json" doc:"How times stand in JSON: rfc3339, unix_s or unix_ms."`

	FromStart bool    `toml:"from_start" for:"ais,sbs" doc:"For a file that grows: read what is in it already too."`
	Every     float64 `toml:"every_s" for:"aircraft" unit:"s" doc:"For aircraft: how often to ask."`
	Clock     string  `toml:"clock" for:"beast" doc:"For beast: arrival, or receiver to time frames by the receiver's 12 MHz clock, which recorded streams need."`
	Receiver  string  `toml:"receiver" for:"beast" doc:"For beast: where the receiver is, as latitude and longitude, UTM or MGRS; aircraft on the ground can only be placed near it."`
	Speed     float64 `toml:"speed" for:"replay" doc:"For replay: how many times faster than it was."`
	Times     string  `toml:"times" for:"replay" doc:"For replay: now, as if it happened now, or kept, as they are in the file."`
}

// Default gives the defaults, apart from those that depend on the kind.
func Default() Config {
	return Config{
		Type: "a-u-G", SilentAfter: 60, TimeFormat: "rfc3339",
		Every: 2, Clock: "arrival", Speed: 1, Times: "now",
	}
}

// kind says what a kind takes.
type kind struct {
	schemes []string
	over    string        // what nobody vouches for, even behind TLS: "the air"
	stale   time.Duration // how long its observations are current
}

// kinds gives the kinds by name. Ages: a ship at anchor speaks every three
// minutes, an aircraft twice a second.
func kinds() map[string]kind {
	return map[string]kind{
		"cot":      {[]string{"tcp", "tls"}, "", 5 * time.Minute},
		"ais":      {[]string{"tcp", "tcp-listen", "udp-listen", "file"}, "the air", 10 * time.Minute},
		"sbs":      {[]string{"tcp", "tcp-listen", "file"}, "the air", time.Minute},
		"beast":    {[]string{"tcp", "tcp-listen"}, "the air", time.Minute},
		"aircraft": {[]string{"http", "https", "file"}, "the air", time.Minute},
		"mqtt":     {[]string{"mqtt", "mqtts", "mqtt-listen", "mqtts-listen"}, "", 5 * time.Minute},
		"json":     {nil, "", 5 * time.Minute},
		"replay":   {[]string{"file"}, "", 5 * time.Minute},
	}
}

// filled gives c with defaults in the place of zeros.
func (c Config) filled() Config {
	d := Default()
	orText(&c.Type, d.Type)
	orText(&c.TimeFormat, d.TimeFormat)
	orText(&c.Clock, d.Clock)
	orText(&c.Times, d.Times)
	orText(&c.Trust, string(c.defaultTrust()))
	orNumber(&c.SilentAfter, d.SilentAfter)
	orNumber(&c.StaleAfter, kinds()[c.Kind].stale.Seconds())
	orNumber(&c.Every, d.Every)
	orNumber(&c.Speed, d.Speed)
	return c
}

func orText(s *string, otherwise string) {
	if *s == "" {
		*s = otherwise
	}
}

func orNumber(v *float64, otherwise float64) {
	if *v == 0 {
		*v = otherwise
	}
}

// defaultTrust is the trust of a feed that says none; empty where it must be
// said.
func (c Config) defaultTrust() track.Trust {
	scheme, _, _ := strings.Cut(c.URL, ":")
	switch {
	case c.Kind == "json" || c.isBroker():
		return track.Token
	case scheme == "file":
		return track.Local
	case kinds()[c.Kind].over == "" && secure(scheme):
		return track.Certificate
	}
	return ""
}

func secure(scheme string) bool {
	return slices.Contains([]string{"tls", "mqtts", "mqtts-listen", "https"}, scheme)
}

// isBroker tells whether c is a broker of our own.
func (c Config) isBroker() bool {
	return strings.HasPrefix(c.URL, "mqtt-listen:") || strings.HasPrefix(c.URL, "mqtts-listen:")
}

func (c Config) mark() mark {
	m := mark{source: c.Name, trust: track.Trust(c.Trust), groups: c.Groups, devices: c.isBroker(), stale: seconds(c.StaleAfter)}
	if m.trust == track.Certificate {
		m.by = c.serverName()
	}
	return m
}

// serverName is whom the other side's certificate must be of.
func (c Config) serverName() string {
	if c.ServerName != "" {
		return c.ServerName
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// CheckAll tells everything that is wrong with the feeds of the settings, each
// on a line of its own.
func CheckAll(all []Config) error {
	var wrong []error
	seen := map[string]bool{}
	for i, c := range all {
		for _, problem := range c.problems() {
			wrong = append(wrong, fmt.Errorf("feed[%d] %s: %w", i, c.Name, problem))
		}
		if seen[c.Name] {
			wrong = append(wrong, fmt.Errorf("feed[%d] %s: name: it is the name of an earlier feed too; give each its own", i, c.Name))
		}
		seen[c.Name] = true
	}
	return errors.Join(wrong...)
}

// Check tells everything that is wrong with c, and how to mend it.
func (c Config) Check() error { return errors.Join(c.problems()...) }

func (c Config) problems() []error {
	if _, known := kinds()[c.Kind]; !known {
		return []error{fmt.Errorf("kind: %.40q is none; give one of %s", c.Kind, strings.Join(slices.Sorted(maps.Keys(kinds())), ", "))}
	}
	wrong := c.misplaced()
	c = c.filled()
	for _, check := range []func() error{c.checkName, c.checkURL, c.checkTrust, c.checkGroups, c.checkNumbers, c.checkChoices, c.checkTLS, c.checkMQTT, c.checkDevices, c.checkAllow, c.checkReceiver, c.checkReplay, c.checkMapping} {
		err := check()
		if several, ok := err.(interface{ Unwrap() []error }); ok {
			wrong = append(wrong, several.Unwrap()...)
		} else if err != nil {
			wrong = append(wrong, err)
		}
	}
	return wrong
}

// misplaced finds the keys that say something to other kinds only, by the tag
// for. What would be passed over in silence is a mistake.
func (c Config) misplaced() []error {
	var wrong []error
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		takers := f.Tag.Get("for")
		if takers == "" || v.Field(i).IsZero() || slices.Contains(strings.Split(takers, ","), c.Kind) {
			continue
		}
		wrong = append(wrong, fmt.Errorf("%s: is for %s, and the kind is %s; leave it out", f.Tag.Get("toml"), strings.ReplaceAll(takers, ",", ", "), c.Kind))
	}
	return wrong
}

func (c Config) checkName() error {
	if c.Name == "" || len(c.Name) > track.MaxSource || strings.Trim(c.Name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return fmt.Errorf("name: %.80q; give 1 to %d of a-z, 0-9, - and _", c.Name, track.MaxSource)
	}
	if c.Name == "tak" {
		return errors.New("name: tak is the source of our own TAK server; give another name")
	}
	return nil
}

func (c Config) checkURL() error {
	schemes := kinds()[c.Kind].schemes
	if schemes == nil {
		if c.URL != "" {
			return fmt.Errorf("url: the kind %s is handed its documents; leave it out", c.Kind)
		}
		return nil
	}
	scheme, rest, _ := strings.Cut(c.URL, ":")
	if !slices.Contains(schemes, scheme) {
		return fmt.Errorf("url: %.80q; the kind %s takes %s", c.URL, c.Kind, strings.Join(schemes, ", "))
	}
	switch scheme {
	case "file":
		if rest == "" {
			return errors.New("url: names no file; give file:path")
		}
		return nil
	case "http", "https":
		if u, err := url.Parse(c.URL); err != nil || u.Host == "" || u.User != nil {
			return fmt.Errorf("url: %.80q; give http://host/path without a user", c.URL)
		}
		return nil
	}
	return checkHostPort(c.URL)
}

func checkHostPort(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return fmt.Errorf("url: %w", err)
	}
	if u.Hostname() == "" || u.Port() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return fmt.Errorf("url: %.80q; give %s://host:port and nothing else", raw, u.Scheme)
	}
	return nil
}

// checkTrust holds the settings to the rule that an input which nobody vouches
// for says so.
func (c Config) checkTrust() error {
	scheme, _, _ := strings.Cut(c.URL, ":")
	trust := track.Trust(c.Trust)
	switch {
	case c.Kind == "json" || c.isBroker():
		if trust != track.Token {
			return fmt.Errorf("trust: %q; the user or device that hands in vouches, by its token or password: leave it out", c.Trust)
		}
	case trust == track.Unauthenticated:
	case scheme == "file" && trust == track.Local:
	case kinds()[c.Kind].over != "":
		return fmt.Errorf("trust: %q; what comes over %s is vouched for by nobody: give trust = %q", c.Trust, kinds()[c.Kind].over, track.Unauthenticated)
	case secure(scheme) && trust == track.Certificate:
	case secure(scheme):
		return fmt.Errorf("trust: %q; give %q or %q", c.Trust, track.Certificate, track.Unauthenticated)
	default:
		return fmt.Errorf("trust: %q; nothing shows who is at the other end of %s: give trust = %q, or use TLS", c.Trust, c.URL, track.Unauthenticated)
	}
	return nil
}

func (c Config) checkGroups() error {
	o := blank()
	o.Groups, o.Source, o.Type = c.Groups, "feed", c.Type
	o.Time, o.Received, o.Stale = time.Unix(0, 0), time.Unix(0, 0), time.Unix(0, 0)
	o.Trust = track.Local
	var refusal *track.Refusal
	if errors.As(o.Check(), &refusal) {
		return fmt.Errorf("groups or type: %s", refusal.Detail)
	}
	return nil
}

func (c Config) checkNumbers() error {
	for _, n := range []struct {
		key       string
		v         float64
		low, high float64
	}{
		{"silent_after_s", c.SilentAfter, 0.01, 7 * 86400},
		{"stale_after_s", c.StaleAfter, 1, 30 * 86400},
		{"every_s", c.Every, 0.01, 3600},
		{"speed", c.Speed, 1e-3, 1e9},
	} {
		if !(n.v >= n.low && n.v <= n.high) {
			return fmt.Errorf("%s: %v; give %v to %v", n.key, n.v, n.low, n.high)
		}
	}
	return nil
}

func (c Config) checkChoices() error {
	for _, choice := range []struct {
		key, v  string
		choices []string
	}{
		{"clock", c.Clock, []string{"arrival", "receiver"}},
		{"times", c.Times, []string{"now", "kept"}},
		{"time_format", c.TimeFormat, []string{"rfc3339", "unix_s", "unix_ms"}},
	} {
		if !slices.Contains(choice.choices, choice.v) {
			return fmt.Errorf("%s: %.40q; give %s", choice.key, choice.v, strings.Join(choice.choices, " or "))
		}
	}
	return nil
}

func (c Config) checkTLS() error {
	scheme, _, _ := strings.Cut(c.URL, ":")
	if !secure(scheme) && c.CAFile+c.CertFile+c.KeyFile+c.ServerName != "" {
		return fmt.Errorf("ca_file, cert_file, key_file, server_name: %s has no TLS; leave them out, or use tls, mqtts or https", scheme)
	}
	if c.isBroker() && c.CAFile+c.ServerName != "" {
		return errors.New("ca_file, server_name: are of the other side, and devices show passwords; leave them out")
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		return errors.New("cert_file, key_file: give both, or neither")
	}
	return nil
}

func (c Config) checkMQTT() error {
	switch {
	case c.Kind != "mqtt":
		return nil
	case c.isBroker():
		if c.User+c.PasswordFile != "" || len(c.Topics) > 0 {
			return errors.New("user, password_file, topics: are for a broker elsewhere; leave them out")
		}
	case len(c.Topics) == 0 || len(c.Topics) > 64:
		return fmt.Errorf("topics: %d; give 1 to 64 to subscribe to", len(c.Topics))
	}
	for _, topic := range c.Topics {
		if topic == "" || len(topic) > 1024 || strings.ContainsRune(topic, 0) {
			return fmt.Errorf("topics: %.80q; give 1 to 1024 bytes", topic)
		}
	}
	return nil
}

// bcrypt is what a hash by bcrypt looks like.
var bcrypt = regexp.MustCompile(`^\$2[abxy]\$\d{2}\$[./A-Za-z0-9]{53}$`)

func (c Config) checkDevices() error {
	if !c.isBroker() {
		if c.Kind == "mqtt" && len(c.Devices) > 0 {
			return errors.New("devices: are for a broker of our own, mqtt-listen or mqtts-listen; leave them out")
		}
		return nil
	}
	if len(c.Devices) == 0 || len(c.Devices) > 4096 {
		return fmt.Errorf("devices: %d; give 1 to 4096, each with the hash of its password", len(c.Devices))
	}
	for _, name := range deviceNames(c) {
		if name == "" || len(name) > track.MaxSource || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return fmt.Errorf("devices: %.80q is no name of a device; give 1 to %d of a-z, 0-9, - and _", name, track.MaxSource)
		}
		if !bcrypt.MatchString(c.Devices[name]) {
			return fmt.Errorf("devices.%s: is no hash by bcrypt; make one with htpasswd -nB %s", name, name)
		}
	}
	return c.checkBrokerPort()
}

// checkBrokerPort keeps passwords off the network in the clear.
func (c Config) checkBrokerPort() error {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil // checkURL has said so
	}
	if ip := net.ParseIP(u.Hostname()); !secure(u.Scheme) && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("url: %s takes passwords in the clear; use mqtts-listen with cert_file and key_file, or listen on 127.0.0.1", c.URL)
	}
	if secure(u.Scheme) && c.CertFile == "" {
		return errors.New("cert_file: missing; give the certificate and the key that the broker shows to devices")
	}
	return nil
}

// checkAllow sees that a port which others than this machine reach says whom it
// takes from.
func (c Config) checkAllow() error {
	scheme, _, _ := strings.Cut(c.URL, ":")
	if !strings.HasSuffix(scheme, "-listen") {
		if len(c.Allow) > 0 {
			return errors.New("allow: nothing listens here; leave it out")
		}
		return nil
	}
	for _, network := range c.Allow {
		if _, err := netip.ParsePrefix(network); err != nil {
			return fmt.Errorf("allow: %.80q; give a network as 192.168.7.0/24 or 192.168.7.12/32", network)
		}
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil // checkURL has said so
	}
	if ip := net.ParseIP(u.Hostname()); len(c.Allow) == 0 && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("url: %s is open to other machines; name those to take from in allow, or listen on 127.0.0.1", c.URL)
	}
	return nil
}

func (c Config) checkReceiver() error {
	if c.Receiver == "" {
		return nil
	}
	if _, err := geo.ParsePosition(c.Receiver); err != nil {
		return fmt.Errorf("receiver: %w", err)
	}
	return nil
}

func (c Config) checkReplay() error {
	if c.Kind != "replay" {
		return nil
	}
	if _, err := readerFor(c.URL); err != nil {
		return fmt.Errorf("url: %w", err)
	}
	return nil
}

func (c Config) checkMapping() error {
	if c.Kind != "mqtt" && c.Kind != "json" {
		return nil
	}
	_, err := NewMapping(c)
	return err
}

// open makes the feed of checked settings, and its mapping where it is one that
// is handed documents. In dir a feed keeps what must outlive the process.
func open(c Config, dir string) (Feed, *Mapping, error) {
	switch c.Kind {
	case "cot":
		return &cotFeed{c}, nil, nil
	case "ais":
		return newAIS(c), nil, nil
	case "sbs":
		return newSBS(c), nil, nil
	case "beast":
		return newBeast(c), nil, nil
	case "aircraft":
		return newSnapshots(c), nil, nil
	case "replay":
		return &replay{c}, nil, nil
	}
	m, err := NewMapping(c)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case c.isBroker() && dir == "":
		return nil, nil, errors.New("a broker of our own needs a folder to keep messages in")
	case c.isBroker():
		return &brokerFeed{c, m, dir, brokerAgain}, nil, nil
	case c.Kind == "mqtt":
		return &mqttFeed{c, m, c.login}, nil, nil
	}
	return inbox{}, m, nil
}

// inbox is the feed of documents that others hand in: it has nothing to do.
type inbox struct{}

func (inbox) Run(ctx context.Context, out *Out) error {
	out.Connected()
	<-ctx.Done()
	return ctx.Err()
}

// Example is what the reference of the settings shows of a feed.
func (Config) Example() any { return Default() }
