package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDefaultSettingsAreGood(t *testing.T) {
	if _, err := ReadSettings("", nil); err != nil {
		t.Error(err)
	}
}

func TestSettingsRefuse(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"another address without TLS", "[web]\nlisten = \"0.0.0.0:8080\"", "web.listen: 0.0.0.0:8080 can be reached from other machines; set web.tls = true"},
		{"another address without users", "[web]\nlisten = \"0.0.0.0:8443\"\ntls = true", "set web.users = true"},
		{"no address", "[web]\nlisten = \"here\"", `web.listen: "here" is no address and port`},
		{"phones without certificates", "[tak]\nlisten = \"10.0.0.1:8087\"", "set tak.trust = \"unauthenticated\" to say that this is meant"},
		{"a mesh without a word", "[mesh]\nlisten = \"239.2.3.1:6969\"", "mesh.listen: nobody vouches"},
		{"a trust of its own", "[tak]\ntrust = \"friends\"", `tak.trust: "friends" is none`},
		{"a term of seconds", "[journal]\nterm = \"5s\"", "journal.term: 5s is under an hour"},
		{"no clients", "[tak]\nclients = 0", "tak.clients: 0; give 1 or more"},
		{"a level of its own", "[log]\nlevel = \"loud\"", `log.level: "loud" is none`},
		{"a form of its own", "[log]\nform = \"xml\"", `log.form: "xml" is none`},
		{"a key that is none", "[web]\nport = 80", "line 2: web.port is no setting"},
		{"two things at once", "[web]\nlisten = \"here\"\n[tak]\nsessions = 0", "tak.sessions: 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vedette.toml")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := ReadSettings(path, nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := ReadSettings("nowhere.toml", nil); err == nil || !strings.Contains(err.Error(), "vedette settings prints one") {
		t.Error(err)
	}
	if _, err := ReadSettings("", []string{"VEDETTE_WEB_LISTEN=0.0.0.0:1"}); err == nil {
		t.Error("the environment is not checked")
	}
}
