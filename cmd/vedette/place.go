package main

import (
	"fmt"
	"strconv"
	"strings"

	"vedette/geo"
)

// place is a position on the command line: latitude and longitude, UTM or
// MGRS.
type place struct{ geo.Point }

func (p *place) UnmarshalText(text []byte) (err error) {
	p.Point, err = geo.ParsePosition(string(text))
	return err
}

// pair is two numbers with a comma between them.
type pair [2]float64

func (p *pair) UnmarshalText(text []byte) error {
	parts := strings.Split(string(text), ",")
	if len(parts) != 2 {
		return fmt.Errorf("%q is not two numbers with a comma between them", text)
	}
	for i, part := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
		p[i] = v
	}
	return nil
}
