//go:build unix

package main

import (
	"net"
	"sync"
	"time"
)

// link is a network link in front of a server. What goes through it, in however many
// connections, takes the time that its rate permits, in each direction.
type link struct {
	address  string
	listener net.Listener
	up, down *gauge
}

// gauge lets bytes pass at a rate.
type gauge struct {
	perSecond float64 // bytes per second

	mu    sync.Mutex
	free  time.Time // when the bytes so far have passed
	total int64     // number of bytes so far
}

// openLink opens a link with the given rate to the server at target.
func openLink(target string, bitsPerSecond float64) (*link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &link{address: listener.Addr().String(), listener: listener,
		up: &gauge{perSecond: bitsPerSecond / 8}, down: &gauge{perSecond: bitsPerSecond / 8}}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if err != nil {
				_ = client.Close()
				continue
			}
			go l.up.pass(server, client)
			go l.down.pass(client, server)
		}
	}()
	return l, nil
}

func (l *link) close() { _ = l.listener.Close() }

// pass copies from one connection to the other, no faster than g permits.
func (g *gauge) pass(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			time.Sleep(time.Until(g.admit(n)))
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// queue is how long a link continues to send while this program does not run, as a real link
// does from its queue. Without it, sleeps that take too long would slow down a single
// connection.
const queue = 10 * time.Millisecond

// admit returns when n more bytes will have passed.
func (g *gauge) admit(n int) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	if idle := time.Now().Add(-queue); g.free.Before(idle) {
		g.free = idle
	}
	g.free = g.free.Add(time.Duration(float64(n) / g.perSecond * float64(time.Second)))
	g.total += int64(n)
	return g.free
}

// take returns the number of bytes that have passed since the last call.
func (g *gauge) take() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.total
	g.total = 0
	return n
}
