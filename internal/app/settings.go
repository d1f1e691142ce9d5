package app

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"time"

	"vedette/internal/feed"
	"vedette/internal/settings"
)

// Settings are those of the live side, as they stand in its file.
type Settings struct {
	Web     WebSettings     `toml:"web" doc:"The HTTP API and the live map."`
	TAK     TAKSettings     `toml:"tak" doc:"The server for TAK clients."`
	Mesh    MeshSettings    `toml:"mesh" doc:"TAK clients that speak to each other over UDP without a server."`
	Journal JournalSettings `toml:"journal" doc:"The journal: what happened, kept in order."`
	Picture PictureSettings `toml:"picture" doc:"The picture: what is where now."`
	Log     LogSettings     `toml:"log" doc:"What the program says of itself, on standard error."`
	Feeds   []feed.Config   `toml:"feed" doc:"What brings observations; one table for each. docs/feeds.md shows every kind."`
}

// WebSettings are those of the HTTP API.
type WebSettings struct {
	Listen string   `toml:"listen" doc:"Address and port. Any other than loopback needs tls = true and users."`
	TLS    bool     `toml:"tls" doc:"Whether to serve by TLS, with a certificate of our own authority."`
	Users  bool     `toml:"users" doc:"Whether to ask who it is. Without, whoever sits at this machine may do everything, so it holds on loopback only."`
	Hosts  []string `toml:"hosts" doc:"Names and addresses, besides those of loopback, under which this server is reached: for its certificate, and to refuse requests for any other."`
}

// TAKSettings are those of the TAK server.
type TAKSettings struct {
	Listen    string            `toml:"listen" doc:"Address and port for clients without TLS; empty for none. Any other than loopback needs trust = \"unauthenticated\"."`
	ListenTLS string            `toml:"listen_tls" doc:"Address and port for clients with a certificate of ours; empty for none."`
	Enroll    string            `toml:"enroll" doc:"Address and port where phones get their certificates; empty for none."`
	API       string            `toml:"api" doc:"Address and port of the HTTP API that TAK clients use beside the stream; empty for none."`
	Trust     string            `toml:"trust" doc:"\"unauthenticated\" says aloud that nobody vouches for clients without TLS."`
	Groups    []string          `toml:"groups" doc:"The groups of clients without TLS; none: what they say, all see."`
	ShowArea  bool              `toml:"show_area" doc:"Whether own sites, barriers and the frontier appear on the phones' maps."`
	Clients   int               `toml:"clients" doc:"Sessions at a time."`
	Sessions  int               `toml:"sessions" doc:"Sessions of one certificate; a new one replaces the oldest."`
	Stall     settings.Duration `toml:"stall" doc:"How long a client may take nothing before it is cut."`
}

// MeshSettings are those of the UDP mesh.
type MeshSettings struct {
	Listen    string   `toml:"listen" doc:"Multicast group, or own address, and port: 239.2.3.1:6969; empty for none. It needs trust."`
	Send      []string `toml:"send" doc:"Addresses and ports to send to; for a multicast group, itself where none are given."`
	Interface string   `toml:"interface" doc:"Network interface for a multicast group; empty leaves it to the system."`
	TTL       int      `toml:"ttl" unit:"hops" doc:"How far what goes to a multicast group may go."`
	Mute      bool     `toml:"mute" doc:"Whether only to hear."`
	Rate      int      `toml:"rate" unit:"bytes/s" doc:"Most that is said, for radios that carry little; 0 for no bound."`
	Trust     string   `toml:"trust" doc:"\"unauthenticated\" says aloud that nobody vouches for what comes by the mesh."`
	Groups    []string `toml:"groups" doc:"The groups that the mesh is in; none: what it says, all see."`
}

// JournalSettings are those of the journal.
type JournalSettings struct {
	NATS     string            `toml:"nats" doc:"URL of a NATS server with JetStream to keep the journal; empty for the one inside this process. It must sync always."`
	Term     settings.Duration `toml:"term" doc:"How long positions are kept. A hold keeps some of them longer."`
	Remember int               `toml:"remember" unit:"events" doc:"How many of the latest events of each log are known by their ids, so that what is sent again is kept once. One takes under 100 bytes of memory."`
	MinFree  int64             `toml:"min_free_bytes" unit:"bytes" doc:"What is left of the disk to others."`
}

// PictureSettings are those of the picture.
type PictureSettings struct {
	Linger settings.Duration `toml:"linger" doc:"How long an object is shown after it is stale."`
	Most   int               `toml:"most" doc:"Objects at a time; calls for help are taken beyond it."`
}

// LogSettings are those of the log.
type LogSettings struct {
	Level string `toml:"level" doc:"The least that is said: debug, info, warn or error."`
	Form  string `toml:"form" doc:"text or json."`
}

// DefaultSettings gives the defaults of all keys.
func DefaultSettings() Settings {
	return Settings{
		Web:     WebSettings{Listen: "127.0.0.1:8080"},
		TAK:     TAKSettings{Listen: "127.0.0.1:8087", ListenTLS: "127.0.0.1:8089", Enroll: "127.0.0.1:8446", API: "127.0.0.1:8443", ShowArea: true, Clients: 2000, Sessions: 4, Stall: settings.Duration(30 * time.Second)},
		Mesh:    MeshSettings{TTL: 1},
		Journal: JournalSettings{Term: settings.Duration(30 * 24 * time.Hour), Remember: 1_000_000, MinFree: 256 << 20},
		Picture: PictureSettings{Linger: settings.Duration(time.Hour), Most: 200_000},
		Log:     LogSettings{Level: "info", Form: "text"},
	}
}

// ReadSettings reads a file of settings over the defaults, and lets the
// environment override it. An empty path is no file.
func ReadSettings(path string, environ []string) (Settings, error) {
	s := DefaultSettings()
	if path != "" {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return s, fmt.Errorf("settings: there is no %s; vedette settings prints one to begin with", path)
		}
		if err != nil {
			return s, fmt.Errorf("settings: %w", err)
		}
		defer f.Close()
		if err := settings.Read(f, &s); err != nil {
			return s, fmt.Errorf("%s:\n%w", path, err)
		}
	}
	if _, err := settings.Override(environ, "VEDETTE", &s); err != nil {
		return s, fmt.Errorf("settings from the environment:\n%w", err)
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("settings:\n%w", err)
	}
	return s, nil
}

// Check reports everything that is wrong with the settings.
func (s Settings) Check() error {
	return errors.Join(s.checkWeb(), s.checkTAK(), s.checkRest())
}

const unauthenticated = "unauthenticated"

func (s Settings) checkWeb() error {
	local, err := isLoopback("web.listen", s.Web.Listen)
	switch {
	case err != nil:
		return err
	case !local && !s.Web.TLS:
		return fmt.Errorf("web.listen: %s can be reached from other machines; set web.tls = true, or listen on 127.0.0.1", s.Web.Listen)
	case !local && !s.Web.Users:
		return fmt.Errorf("web.listen: %s can be reached from other machines; set web.users = true and add users, or listen on 127.0.0.1", s.Web.Listen)
	}
	return nil
}

func (s Settings) checkTAK() error {
	var all []error
	for _, port := range []struct{ key, address string }{{"tak.listen_tls", s.TAK.ListenTLS}, {"tak.enroll", s.TAK.Enroll}, {"tak.api", s.TAK.API}} {
		if port.address != "" {
			_, err := isLoopback(port.key, port.address)
			all = append(all, err)
		}
	}
	if s.TAK.Listen != "" {
		local, err := isLoopback("tak.listen", s.TAK.Listen)
		if err == nil && !local && s.TAK.Trust != unauthenticated {
			err = fmt.Errorf("tak.listen: at %s nobody vouches for who connects; set tak.trust = %q to say that this is meant, or use tak.listen_tls", s.TAK.Listen, unauthenticated)
		}
		all = append(all, err)
	}
	if s.Mesh.Listen != "" {
		_, err := isLoopback("mesh.listen", s.Mesh.Listen)
		if err == nil && s.Mesh.Trust != unauthenticated {
			err = fmt.Errorf("mesh.listen: nobody vouches for what comes by the mesh; set mesh.trust = %q to say that this is meant", unauthenticated)
		}
		all = append(all, err)
	}
	for _, trust := range []struct{ key, value string }{{"tak.trust", s.TAK.Trust}, {"mesh.trust", s.Mesh.Trust}} {
		if trust.value != "" && trust.value != unauthenticated {
			all = append(all, fmt.Errorf("%s: %q is none; give %q, or leave it out", trust.key, trust.value, unauthenticated))
		}
	}
	return errors.Join(append(all, atLeast("tak.clients", s.TAK.Clients), atLeast("tak.sessions", s.TAK.Sessions))...)
}

func atLeast(key string, n int) error {
	if n < 1 {
		return fmt.Errorf("%s: %d; give 1 or more", key, n)
	}
	return nil
}

func (s Settings) checkRest() error {
	all := []error{atLeast("picture.most", s.Picture.Most), atLeast("journal.remember", s.Journal.Remember)}
	if s.Journal.Term < settings.Duration(time.Hour) {
		all = append(all, fmt.Errorf("journal.term: %v is under an hour; give at least 1h", s.Journal.Term))
	}
	if s.Journal.MinFree < 0 {
		all = append(all, fmt.Errorf("journal.min_free_bytes: %d is below zero", s.Journal.MinFree))
	}
	if _, err := s.Log.Handler(nil); err != nil {
		all = append(all, err)
	}
	return errors.Join(append(all, feed.CheckAll(s.Feeds))...)
}

// isLoopback tells whether an address with a port is of this machine only.
func isLoopback(key, address string) (bool, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "" {
		return false, fmt.Errorf("%s: %q is no address and port; give one like 127.0.0.1:8080", key, address)
	}
	return loopback(host), nil
}
