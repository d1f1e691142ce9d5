package marti

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
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

	"vedette/internal/tactical"
)

// MaxRequest bounds a request for a certificate in DER, in bytes; its text may be
// twice as long.
const MaxRequest = 16 << 10

// config tells what a request for a certificate should say. Nobody is asked who he
// is: a token counts once, and signing needs it.
func (s *Server) config(w http.ResponseWriter, _ *http.Request) error {
	return send(w, "application/xml", []byte(xml.Header+
		`<ns2:certificateConfig xmlns="http://bbn.com/marti/xml/config" xmlns:ns2="com.bbn.marti.config">`+
		`<nameEntries><nameEntry name="O" value="Vedette"/><nameEntry name="OU" value="TAK"/></nameEntries>`+
		`</ns2:certificateConfig>`))
}

// signClient enrolls a device.
func (s *Server) signClient(w http.ResponseWriter, r *http.Request) error {
	name, password, ok := r.BasicAuth()
	if !ok {
		return denied(w)
	}
	body, err := small(w, r, 2*MaxRequest)
	if err != nil {
		return err
	}
	request, err := readRequest(body) // before a token is used up
	if err != nil {
		return err
	}
	who, err := s.authenticate(w, r, name, password)
	if err != nil {
		return err
	}
	device := tactical.Printable(r.URL.Query().Get("clientUid"), 256)
	signed, err := s.opts.Sign(r.Context(), who, device, request)
	if err != nil {
		return fmt.Errorf("sign the certificate of %s: %w", who.Name, err)
	}
	s.opts.Log.Info("a device was enrolled", "name", who.Name, "device", device, "address", r.RemoteAddr)
	return sendSigned(w, r, signed)
}

func (s *Server) authenticate(w http.ResponseWriter, r *http.Request, name, password string) (Who, error) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	who, err := s.opts.Authenticate(r.Context(), name, password, host)
	var wait *Wait
	switch {
	case errors.Is(err, ErrDenied):
		return Who{}, denied(w)
	case errors.As(err, &wait):
		seconds := math.Ceil(max(wait.For, time.Second).Seconds())
		w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
		return Who{}, fail(http.StatusTooManyRequests, "too many tries; wait %v seconds", seconds)
	case err != nil:
		return Who{}, fmt.Errorf("authenticate %.64q: %w", name, err)
	}
	return who, nil
}

func denied(w http.ResponseWriter) error {
	w.Header().Set("WWW-Authenticate", `Basic realm="enrollment", charset="UTF-8"`)
	return fail(http.StatusUnauthorized, "name and password are needed, or name and an enrollment token that was not used yet")
}

// readRequest takes a request for a certificate as PEM, as the base64 of PEM
// without its first and last line, or as DER, and gives it in DER. Its signature is
// not looked at.
func readRequest(body []byte) ([]byte, error) {
	der := body
	switch text := bytes.TrimSpace(body); {
	case bytes.HasPrefix(text, []byte("-----")):
		block, _ := pem.Decode(text)
		if block == nil || !strings.HasSuffix(block.Type, "CERTIFICATE REQUEST") {
			return nil, fail(http.StatusBadRequest, "the PEM holds no CERTIFICATE REQUEST; send a PKCS#10")
		}
		der = block.Bytes
	case len(text) > 0 && text[0] == 'M': // the base64 of an ASN.1 sequence
		plain, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(text), nil)))
		if err != nil {
			return nil, fail(http.StatusBadRequest, "the request for a certificate is no base64; send a PKCS#10 as PEM")
		}
		der = plain
	}
	if len(der) > MaxRequest {
		return nil, fail(http.StatusRequestEntityTooLarge, "the request for a certificate is over %d bytes", MaxRequest)
	}
	if _, err := x509.ParseCertificateRequest(der); err != nil {
		return nil, fail(http.StatusBadRequest, "the body is no request for a certificate (%v); send a PKCS#10 as PEM", err)
	}
	return der, nil
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
