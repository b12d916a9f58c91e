package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/wheel"
)

// examine checks a wheel called name whose hash should be d. It stores facts that tell later
// builds whether the cached file is still the same.
func (p *Project) examine(d digest.Digest, name string, r io.ReaderAt, size int64) error {
	facts, err := wheel.Examine(r, size, name)
	return p.putFacts(d, facts, err)
}

// putFacts stores what wheel.Examine returned.
func (p *Project) putFacts(d digest.Digest, facts *wheel.Facts, err error) error {
	if facts == nil {
		return err
	}
	p.examinedMu.Lock()
	defer p.examinedMu.Unlock()
	if p.examined == nil {
		p.examined = map[digest.Digest]*wheel.Facts{}
	}
	p.examined[d] = facts
	return errors.Join(err, p.cache.PutFact(factsKey(d), facts))
}

// knownFacts returns the facts about a wheel that this run has examined, or nil if it has
// not examined the wheel.
func (p *Project) knownFacts(d digest.Digest) *wheel.Facts {
	p.examinedMu.Lock()
	defer p.examinedMu.Unlock()
	return p.examined[d]
}

// examineArriving is like examine, for a wheel that is being downloaded.
func (p *Project) examineArriving(d digest.Digest, name string, r io.ReaderAt) index.Arriving {
	return arriving{wheel.NewArriving(r), p, d, name}
}

type arriving struct {
	*wheel.Arriving
	project *Project
	digest  digest.Digest
	name    string // of the file
}

func (a arriving) Verify(size int64) error {
	facts, err := a.Examine(size, a.name)
	return a.project.putFacts(a.digest, facts, err)
}

func factsKey(d digest.Digest) string { return "wheel\n" + string(d) }

// facts returns the facts about the cached wheel at path, whose name is file and whose hash
// is d. If the facts are missing or damaged, the wheel is hashed and examined again.
func (p *Project) facts(ctx context.Context, path, file string, d digest.Digest) (*wheel.Facts, error) {
	if facts := p.knownFacts(d); facts != nil {
		return facts, nil
	}
	facts := new(wheel.Facts)
	if p.cache.Fact(factsKey(d), facts) {
		return facts, nil
	}
	sound, err := p.cache.Check(ctx, d)
	if err != nil {
		return nil, err
	}
	if !sound {
		return nil, &layer.Damaged{Name: file, Err: errors.New("its hash has changed")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Subject: file, Message: "cannot open the wheel " + file, Err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Subject: file, Message: "cannot open the wheel " + file, Err: err}
	}
	if facts, err = wheel.Examine(f, info.Size(), file); facts == nil {
		return nil, err
	}
	return facts, p.cache.PutFact(factsKey(d), facts)
}

// sound hashes a cached wheel if there is a reason to. If the wheel is damaged, sound
// removes it with a warning, and it will be fetched or built again.
func (p *Project) sound(ctx context.Context, d digest.Digest, file string) error {
	if _, there := p.cache.Wheel(d); !there || !p.suspicious {
		return nil
	}
	sound, err := p.cache.Check(ctx, d)
	if err == nil && !sound {
		p.env.Events.Emit(event.Event{Kind: event.Warn, Op: "download", Subject: file,
			Message: fmt.Sprintf("%s was damaged in the cache; lamella removed it and will download or build it again", file)})
	}
	return err
}

// attempts is the number of times that a layer is composed if its wheels turn out to be
// damaged: another process may be repairing the same cache.
const attempts = 3

// repair composes the layer again if a wheel turns out to be damaged. It first hashes all
// wheels and replaces the damaged ones.
func (p *Project) repair(compose func() (*Zip, error)) (*Zip, error) {
	for n := 1; ; n++ {
		z, err := compose()
		var damaged *layer.Damaged
		if !errors.As(err, &damaged) {
			return z, err
		}
		if n == attempts {
			return nil, &fault.Error{Kind: fault.Machine, Subject: p.LockPath, Message: "cannot build the layer from " + p.LockPath, Err: damaged, Sentinel: err, Hints: []string{
				"check this machine's disk and memory (or the network drive, if the cache is on one), because the bytes that lamella read back differ from the bytes that it wrote",
				"then run the same command again",
			}}
		}
		p.debug("compose", "%v", err)
		p.suspicious = true
	}
}
