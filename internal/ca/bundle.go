package ca

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Bundle is what goes into a data package that sets up ATAK's connection to a
// server: opened on the phone, it asks no question.
type Bundle struct {
	Name string // of the connection, as the user sees it
	Host string
	Port int // of the stream: TLS with client certificates

	TrustStore         []byte // PKCS#12, see TrustStore
	TrustStorePassword string
	Client             []byte // PKCS#12, see Client.PKCS12; empty: ATAK enrolls, and asks for name and password
	ClientPassword     string
}

// The paths in the package, and where ATAK lays the certificates.
const (
	zipManifest = "MANIFEST/manifest.xml"
	zipPref     = "certs/config.pref"
	zipTrust    = "certs/truststore.p12"
	zipClient   = "certs/client.p12"
	atakCerts   = "cert/"
)

func (b Bundle) check() error {
	var wrong []error
	if b.Name == "" || len(b.Name) > MaxName || strings.ContainsFunc(b.Name, notPlain) {
		wrong = append(wrong, fmt.Errorf("name: %.80q cannot be shown; give 1 to %d plain letters", b.Name, MaxName))
	}
	if b.Port < 1 || b.Port > 65535 {
		wrong = append(wrong, fmt.Errorf("port: %d is none; give that of the TLS stream, 8089 as a rule", b.Port))
	}
	if len(b.TrustStore) == 0 {
		wrong = append(wrong, errors.New("trust store: it is empty; without it the phone trusts nobody"))
	}
	return errors.Join(append(wrong, CheckHost(b.Host))...)
}

// notPlain is true of letters beyond ASCII, which ATAK's preferences are
// written in, and of control characters.
func notPlain(r rune) bool { return r < ' ' || r > '~' }

// Zip writes the package. The same bundle gives the same bytes.
func (b Bundle) Zip() ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, fmt.Errorf("ca: data package: %w", err)
	}
	files := []zipped{{zipPref, b.pref()}, {zipTrust, b.TrustStore}}
	if len(b.Client) > 0 {
		files = append(files, zipped{zipClient, b.Client})
	}
	files = append([]zipped{{zipManifest, b.manifest(files)}}, files...)
	return zipAll(files)
}

type zipped struct {
	path string
	data []byte
}

// zipAll stores the files with one date, and does not compress them: keys do not
// shrink, and a compressor's output changes with its version.
func zipAll(files []zipped) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.path, Method: zip.Store, Modified: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err == nil {
			_, err = w.Write(f.data)
		}
		if err != nil {
			return nil, fmt.Errorf("ca: data package: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("ca: data package: %w", err)
	}
	return out.Bytes(), nil
}

// manifest lists the files. The package's id is made from them, so that ATAK
// tells two packages apart and knows one that comes twice.
func (b Bundle) manifest(files []zipped) []byte {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s %d\n", f.path, len(f.data))
		h.Write(f.data)
	}
	id := h.Sum(nil)
	var out bytes.Buffer
	out.WriteString("<MissionPackageManifest version=\"2\">\n  <Configuration>\n")
	for _, p := range [][2]string{
		{"uid", fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16])},
		{"name", b.Name},
		{"onReceiveDelete", "true"},
	} {
		fmt.Fprintf(&out, "    <Parameter name=\"%s\" value=\"%s\"/>\n", p[0], escapeXML(p[1]))
	}
	out.WriteString("  </Configuration>\n  <Contents>\n")
	for _, f := range files {
		fmt.Fprintf(&out, "    <Content ignore=\"false\" zipEntry=\"%s\"/>\n", f.path)
	}
	out.WriteString("  </Contents>\n</MissionPackageManifest>\n")
	return out.Bytes()
}

// preference is an entry of ATAK's preferences.
type preference struct{ key, class, value string }

func (b Bundle) pref() []byte {
	enroll := strconv.FormatBool(len(b.Client) == 0)
	streams := []preference{
		{"count", "Integer", "1"},
		{"description0", "String", b.Name},
		{"enabled0", "Boolean", "true"},
		{"connectString0", "String", b.address() + ":ssl"},
		{"caLocation0", "String", atakCerts + "truststore.p12"},
		{"caPassword0", "String", b.TrustStorePassword},
		{"enrollForCertificateWithTrust0", "Boolean", enroll},
		{"useAuth0", "Boolean", enroll},
	}
	app := []preference{
		{"displayServerConnectionWidget", "Boolean", "true"},
		{"caLocation", "String", atakCerts + "truststore.p12"},
		{"caPassword", "String", b.TrustStorePassword},
	}
	if len(b.Client) > 0 {
		streams = append(streams,
			preference{"certificateLocation0", "String", atakCerts + "client.p12"},
			preference{"clientPassword0", "String", b.ClientPassword})
		app = append(app,
			preference{"certificateLocation", "String", atakCerts + "client.p12"},
			preference{"clientPassword", "String", b.ClientPassword})
	}
	var out bytes.Buffer
	out.WriteString("<?xml version='1.0' encoding='ASCII' standalone='yes'?>\n<preferences>\n")
	writePreferences(&out, "cot_streams", streams)
	writePreferences(&out, "com.atakmap.app_preferences", app)
	out.WriteString("</preferences>\n")
	return out.Bytes()
}

// address is host and port, an IPv6 address in brackets.
func (b Bundle) address() string { return net.JoinHostPort(b.Host, strconv.Itoa(b.Port)) }

func writePreferences(out *bytes.Buffer, name string, all []preference) {
	fmt.Fprintf(out, "  <preference version=\"1\" name=\"%s\">\n", name)
	for _, p := range all {
		fmt.Fprintf(out, "    <entry key=\"%s\" class=\"class java.lang.%s\">%s</entry>\n", p.key, p.class, escapeXML(p.value))
	}
	out.WriteString("  </preference>\n")
}

func escapeXML(text string) string {
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(text)) // a Builder takes everything
	return out.String()
}
