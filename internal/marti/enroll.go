package marti

import (
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vedette/internal/ca"
	"vedette/internal/tactical"
)

// config tells what a request for a certificate should say. Nobody is asked who he
// is: a token counts once, and signing needs it.
func (s *Server) config(w http.ResponseWriter, _ *http.Request) error {
	return send(w, "application/xml", []byte(xml.Header+
		`<ns2:certificateConfig xmlns="http://bbn.com/marti/xml/config" xmlns:ns2="com.bbn.marti.config">`+
		`<nameEntries><nameEntry name="O" value="Vedette"/><nameEntry name="OU" value="TAK"/></nameEntries>`+
		`</ns2:certificateConfig>`))
}

// signClient enrolls a device. A request that is no good is refused before anybody
// is asked who he is, so that it uses no token up.
func (s *Server) signClient(w http.ResponseWriter, r *http.Request) error {
	name, secret, ok := r.BasicAuth()
	if !ok {
		return denied(w)
	}
	body, err := small(w, r, 2*ca.MaxCSR)
	if err != nil {
		return err
	}
	if _, err := ca.ParseRequest(body); err != nil {
		return fail(http.StatusBadRequest, "%v; send a PKCS#10 as PEM or base64", err)
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	device := tactical.Printable(r.URL.Query().Get("clientUid"), 256)
	signed, err := s.opts.Enroll(r.Context(), Enroll{name, secret, host, device, body})
	if err != nil {
		return notEnrolled(w, name, err)
	}
	s.opts.Log.Info("a device was enrolled", "name", name, "device", device, "address", r.RemoteAddr)
	return sendSigned(w, r, signed)
}

func notEnrolled(w http.ResponseWriter, name string, err error) error {
	var wait *Wait
	switch {
	case errors.Is(err, ErrDenied):
		return denied(w)
	case errors.As(err, &wait):
		seconds := math.Ceil(max(wait.For, time.Second).Seconds())
		w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
		return fail(http.StatusTooManyRequests, "too many tries; wait %v seconds", seconds)
	}
	return fmt.Errorf("enroll %.64q: %w", name, err)
}

func denied(w http.ResponseWriter) error {
	w.Header().Set("WWW-Authenticate", `Basic realm="enrollment", charset="UTF-8"`)
	return fail(http.StatusUnauthorized, "name and password are needed, or name and an enrollment token that was not used yet")
}

// enrollment is the answer to ATAK, which reads XML.
type enrollment struct {
	XMLName struct{} `xml:"enrollment"`
	Signed  string   `xml:"signedCert"`
	CA      []string `xml:"ca"`
}

func sendSigned(w http.ResponseWriter, r *http.Request, signed Signed) error {
	if accept := r.Header.Get("Accept"); strings.Contains(accept, "xml") && !strings.Contains(accept, "json") {
		return sendSignedXML(w, signed)
	}
	answer := map[string]string{"signedCert": lines(signed.Certificate)}
	for i, ca := range signed.Chain {
		answer["ca"+strconv.Itoa(i)] = lines(ca)
	}
	return sendJSON(w, "application/json", answer)
}

func sendSignedXML(w http.ResponseWriter, signed Signed) error {
	answer := enrollment{Signed: lines(signed.Certificate)}
	for _, ca := range signed.Chain {
		answer.CA = append(answer.CA, lines(ca))
	}
	text, err := xml.Marshal(answer)
	if err != nil {
		return fmt.Errorf("write an enrollment: %w", err)
	}
	return send(w, "application/xml", append([]byte(xml.Header), text...))
}

// lines is base64 as PEM has it between its first line and its last.
func lines(der []byte) string {
	text := string(pem.EncodeToMemory(&pem.Block{Type: "X", Bytes: der}))
	text = strings.TrimPrefix(text, "-----BEGIN X-----\n")
	return strings.TrimSuffix(text, "-----END X-----\n")
}
