package tak_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"vedette/internal/tak"
	"vedette/track"
	"vedette/wire/cot"
)

// printer is a sink that keeps nothing.
type printer struct{}

func (printer) Offer(_ context.Context, o *track.Observation) error {
	fmt.Printf("%s is at %.2f, %.2f, says %s\n", o.Label, o.At.Lat, o.At.Lon, o.Trust)
	return nil
}

func (printer) Keep(context.Context, []*track.Observation) error { return nil }

func Example() {
	server, err := tak.New(tak.Options{UID: "post-7", Sink: printer{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println(err)
		return
	}
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, end := context.WithCancel(context.Background())
	defer end()
	done := make(chan error)
	go func() { done <- server.Serve(ctx, door, tak.Door{}) }()

	phone, err := net.Dial("tcp", door.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Now()
	here := &cot.Event{
		UID: "phone", Type: "a-f-G-U-C", How: "m-g", Time: now, Start: now, Stale: now.Add(time.Minute),
		Point: cot.Point{Lat: 34.37, Lon: 41.09}, Detail: cot.Detail("").With(cot.Contact{Callsign: "RAVEN"}),
	}
	for _, e := range []*cot.Event{here, cot.NewPing("ping", now)} {
		b, err := e.AppendXML(nil)
		if err == nil {
			_, err = phone.Write(b)
		}
		if err != nil {
			fmt.Println(err)
		}
	}
	in := bufio.NewScanner(phone) // an offer of protobuf and a pong
	in.Split(bufio.ScanBytes)
	for said := ""; in.Scan(); {
		if said += in.Text(); len(said) > 8 && said[len(said)-8:] == "</event>" {
			e, err := cot.Parse([]byte(said))
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println("the server says", e.Type)
			if said = ""; e.IsPong() {
				break
			}
		}
	}
	end()
	fmt.Println(<-done)
	// Unordered output:
	// RAVEN is at 34.37, 41.09, says unauthenticated
	// the server says t-x-takp-v
	// the server says t-x-c-t-r
	// <nil>
}
