//go:build unix

// Relay measures the TAK server: how many events it delivers a second, how long
// they take and what processor time they cost it.
//
// The server runs in a process of its own, on loopback, with the picture and the
// journal behind it. Each of -clients sends its share of -rate positions a
// second, of the size that a phone sends, and gets those of all others. With
// -stuck some more clients never read. Instead, -burst sends so many objects in
// one go, -idle has so many clients connect and do nothing, and -soak has one
// client leave and another come every second, and tells what the server holds.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

// options are what to measure.
type options struct {
	clients, rate, stuck, burst, idle int
	proto, soak, tls                  bool
	span                              time.Duration
	dir                               string
}

func main() {
	var o options
	flag.IntVar(&o.clients, "clients", 50, "clients that send and receive")
	flag.IntVar(&o.rate, "rate", 3100, "events sent a second, by all clients together")
	flag.IntVar(&o.stuck, "stuck", 0, "clients that never read")
	flag.IntVar(&o.burst, "burst", 0, "send so many objects in one go instead")
	flag.IntVar(&o.idle, "idle", 0, "connect so many idle clients instead")
	flag.BoolVar(&o.soak, "soak", false, "have clients come and go instead")
	flag.BoolVar(&o.proto, "proto", false, "clients speak protobuf")
	flag.BoolVar(&o.tls, "tls", false, "clients come by TLS, with a certificate")
	flag.DurationVar(&o.span, "for", 10*time.Second, "how long to send")
	flag.StringVar(&o.dir, "dir", "", "folder of the journal; a temporary one by default")
	child := flag.Bool("server", false, "be the server (for this program's own use)")
	flag.Parse()
	err := errors.New("give positive numbers")
	switch {
	case *child:
		err = serve(o.dir, o.tls)
	case o.clients > 1 && o.rate > 0 && o.stuck >= 0 && o.span > 0:
		err = measure(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func measure(o options) error {
	s, err := startServer(o.dir, o.tls)
	if err != nil {
		return err
	}
	defer s.stop()
	switch {
	case o.idle > 0:
		return idle(s, o)
	case o.burst > 0:
		return burst(s, o)
	case o.soak:
		return soak(s, o)
	}
	return load(s, o)
}

// idle tells what clients cost that do nothing.
func idle(s *server, o options) error {
	before, err := s.ask()
	if err != nil {
		return err
	}
	clients, err := connect(s, o.idle, false)
	if err != nil {
		return err
	}
	defer clients.close()
	time.Sleep(2 * time.Second) // the server greets them all
	after, err := s.ask()
	if err != nil {
		return err
	}
	fmt.Printf("%d idle clients: %.1f MB more of the server's memory (%.1f MB in all), %d there\n",
		o.idle, float64(after.Resident-before.Resident)/1e6, float64(after.Resident)/1e6, after.Stats.Clients)
	return nil
}

// burst tells whether all of many objects arrive that come in one go.
func burst(s *server, o options) error {
	clients, err := connect(s, o.clients, o.proto)
	if err != nil {
		return err
	}
	defer clients.close()
	start := time.Now()
	if err := clients[0].sendObjects(o.burst); err != nil {
		return err
	}
	want := o.burst * (o.clients - 1)
	got := clients.await(want)
	fmt.Printf("a burst of %d objects to %d clients: %d of %d delivered in %v\n",
		o.burst, o.clients-1, got, want, time.Since(start).Round(time.Millisecond))
	return nil
}

// load sends at a rate, and prints the figures.
func load(s *server, o options) error {
	stuck, err := connectStuck(s, o.stuck)
	if err != nil {
		return err
	}
	defer stuck.close()
	clients, err := connect(s, o.clients, o.proto)
	if err != nil {
		return err
	}
	defer clients.close()
	before, err := s.ask()
	if err != nil {
		return err
	}
	start := time.Now()
	sent, err := clients.sendAll(o.rate, o.span)
	if err != nil {
		return err
	}
	took := time.Since(start)
	want := sent * (o.clients - 1)
	got := clients.await(want)
	after, err := s.ask()
	if err != nil {
		return err
	}
	report(o, clients, figures{sent, got, want, took, before, after})
	return nil
}

// figures are what a run gave.
type figures struct {
	sent, got, want int
	took            time.Duration
	before, after   answer
}

func report(o options, clients fleet, f figures) {
	times := clients.times()
	cpu := f.after.CPU - f.before.CPU
	form := "XML"
	if o.proto {
		form = "protobuf"
	}
	if o.tls {
		form += " over TLS"
	}
	fmt.Printf("%d clients, %s, %d stuck: %d events/s in\n", o.clients, form, o.stuck, int(float64(f.sent)/f.took.Seconds()))
	fmt.Printf("deliveries/s %d | delivered %.3f %% | p50 %v | p99 %v | most %v\n",
		int(float64(f.got)/f.took.Seconds()), 100*float64(f.got)/float64(f.want),
		times.quantile(0.5), times.quantile(0.99), times.quantile(1))
	fmt.Printf("server: %.2f us of processor a delivery, %.2f processors, %.1f MB | kept in the journal: %d of %d | gave way: %d | ended: %v\n",
		float64(cpu.Microseconds())/float64(f.got), cpu.Seconds()/f.took.Seconds(), float64(f.after.Resident)/1e6,
		f.after.Kept-f.before.Kept, f.sent, f.after.Stats.Coalesced, f.after.Stats.Ended)
}
