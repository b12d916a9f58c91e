package runtimes

import "slices"

// Package is a distribution that the runtimes contain.
type Package struct {
	Name    string   // normalised
	Modules []string // its top-level modules
	// RuntimeWins says that a layer's copy is never imported, because the runtime has
	// already loaded its own copy before the layer is on sys.path.
	RuntimeWins bool
	Sightings   []Sighting // oldest first
}

// Sighting is a version of a [Package] that somebody has seen in a runtime. AWS does not
// publish the versions, and updates them without notice, region by region.
type Sighting struct {
	Date     string   // such as "2026-05"
	Runtimes []string // such as "python3.13"
	Version  string
	Source   string
}

type sdkTable struct {
	Packages []struct {
		Name      string `json:"name"`
		Modules   words  `json:"modules"`
		Wins      string `json:"wins"`
		Sightings []struct {
			Date     string `json:"date"`
			Runtimes words  `json:"runtimes"`
			Version  string `json:"version"`
			Source   string `json:"source"`
		} `json:"sightings"`
	} `json:"packages"`
}

var sdk = load[sdkTable]("sdk.json", sdkJSON)

// SDK returns the distributions that every runtime contains: boto3 with its dependencies,
// and the runtime's own client. The caller may change the result.
func SDK() []Package {
	var list []Package
	for _, row := range sdk().Packages {
		p := Package{Name: row.Name, Modules: slices.Clone(row.Modules), RuntimeWins: row.Wins == "runtime"}
		for _, s := range row.Sightings {
			p.Sightings = append(p.Sightings, Sighting{s.Date, slices.Clone(s.Runtimes), s.Version, s.Source})
		}
		list = append(list, p)
	}
	return list
}

// Provided returns the distribution called name (normalised) that the runtimes contain.
func Provided(name string) (Package, bool) {
	for _, p := range SDK() {
		if p.Name == name {
			return p, true
		}
	}
	return Package{}, false
}

// Latest returns the newest sighting in a runtime. Sightings in other runtimes do not count.
func (p Package) Latest(runtime string) (Sighting, bool) {
	for _, s := range slices.Backward(p.Sightings) {
		if slices.Contains(s.Runtimes, runtime) {
			return s, true
		}
	}
	return Sighting{}, false
}
