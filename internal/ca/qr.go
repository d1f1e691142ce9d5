package ca

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"rsc.io/qr"
)

// Invitation is what a phone must know to enroll: it is shown as a QR code.
type Invitation struct {
	Server string // its name, as the user sees it; iTAK's only
	Host   string
	Port   int    // of the stream; iTAK's only, for ATAK takes its defaults
	Name   string // of the user
	Token  string // counts once
}

// ATAK gives the address that ATAK 5.1 and later enrolls by. It holds the token.
func (i Invitation) ATAK() (string, error) {
	if err := CheckHost(i.Host); err != nil {
		return "", fmt.Errorf("ca: invitation: %w", err)
	}
	if err := CheckName(i.Name); err != nil {
		return "", fmt.Errorf("ca: invitation: %w", err)
	}
	return "tak://com.atakmap.app/enroll?host=" + url.QueryEscape(i.Host) +
		"&username=" + url.QueryEscape(i.Name) + "&token=" + url.QueryEscape(i.Token), nil
}

// ITAK gives the line that iTAK adds a server by; name and token are typed in.
func (i Invitation) ITAK() (string, error) {
	if err := CheckHost(i.Host); err != nil {
		return "", fmt.Errorf("ca: invitation: %w", err)
	}
	if i.Server == "" || len(i.Server) > MaxName || strings.ContainsAny(i.Server, `,"`) || strings.ContainsFunc(i.Server, notPlain) {
		return "", fmt.Errorf("ca: invitation: the server's name %.80q cannot stand in iTAK's line; give 1 to %d plain letters without commas and quotes", i.Server, MaxName)
	}
	if i.Port < 1 || i.Port > 65535 {
		return "", fmt.Errorf("ca: invitation: port: %d is none; give that of the TLS stream, 8089 as a rule", i.Port)
	}
	return strings.Join([]string{i.Server, i.Host, strconv.Itoa(i.Port), "ssl"}, ","), nil
}

// quiet is the light border that a code needs, in modules.
const quiet = 4

// PNG draws a text as a QR code.
func PNG(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("ca: draw a QR code of %d bytes: %w", len(text), err)
	}
	return code.PNG(), nil
}

// Blocks draws a text as a QR code in half blocks, two rows to a line, light on
// dark: for a terminal with a dark ground.
func Blocks(text string) (string, error) {
	code, err := qr.Encode(text, qr.L) // the fewest modules: a terminal is small
	if err != nil {
		return "", fmt.Errorf("ca: draw a QR code of %d bytes: %w", len(text), err)
	}
	var out strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		for x := -quiet; x < code.Size+quiet; x++ {
			out.WriteString(block(light(code, x, y), light(code, x, y+1)))
		}
		out.WriteByte('\n')
	}
	return out.String(), nil
}

// light tells whether a module is; those outside the code are.
func light(code *qr.Code, x, y int) bool {
	return y < code.Size+quiet && !code.Black(x, y)
}

func block(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
