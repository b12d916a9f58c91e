package fakeaws

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// maxUnzipped is what a function's code and its layers may take in all.
const maxUnzipped = 262_144_000

// FunctionConfig is the configuration of a version of a function, as Lambda spells it.
type FunctionConfig struct {
	FunctionName     string
	FunctionArn      string
	Version          string
	Runtime          string            `json:",omitempty"`
	Role             string            `json:",omitempty"`
	Handler          string            `json:",omitempty"`
	Description      string            `json:",omitempty"`
	Timeout          int               `json:",omitempty"` // seconds
	MemorySize       int               `json:",omitempty"`
	CodeSize         int64             // bytes; also what the code counts unzipped
	CodeSha256       string            `json:",omitempty"`
	PackageType      string            `json:",omitempty"`
	Architectures    []string          `json:",omitempty"`
	Environment      *Environment      `json:",omitempty"`
	Layers           []FunctionLayer   `json:",omitempty"`
	SnapStart        map[string]string `json:",omitempty"`
	RevisionId       string
	State            string `json:",omitempty"`
	LastUpdateStatus string `json:",omitempty"`
}

// Environment are a function's environment variables.
type Environment struct{ Variables map[string]string }

// FunctionLayer is a layer version that a function has.
type FunctionLayer struct {
	Arn      string
	CodeSize int64
}

// FunctionAlias is an alias of a function.
type FunctionAlias struct {
	Name, FunctionVersion, AliasArn, RevisionId string
	RoutingConfig                               *Routing `json:",omitempty"`
}

// Routing is the share of an alias' traffic that goes to another version.
type Routing struct{ AdditionalVersionWeights map[string]float64 }

// Configured is a function whose configuration can be read and changed.
type Configured struct {
	Latest    FunctionConfig
	Published []FunctionConfig // oldest first
	Aliases   map[string]*FunctionAlias
	Tags      map[string]string
	// Updating is how many reads an update is still under way for.
	Updating int
	// FailUpdates has updates end as failed.
	FailUpdates bool
}

// Configure puts a function into the account, or replaces it: Active, with a code
// of 1,000 bytes and an ARN, unless c says otherwise. versions publishes its
// configuration; aliases point to the last version.
func (s *Server) Configure(name string, c Configured, publish bool, aliases ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &c
	l := &f.Latest
	l.FunctionName, l.Version = name, "$LATEST"
	l.FunctionArn = "arn:aws:lambda:" + s.place() + ":" + s.account() + ":function:" + name
	l.State, l.LastUpdateStatus = cmp.Or(l.State, "Active"), cmp.Or(l.LastUpdateStatus, "Successful")
	l.CodeSha256, l.CodeSize = cmp.Or(l.CodeSha256, "Y29kZSAx"), cmp.Or(l.CodeSize, 1000)
	l.PackageType, l.RevisionId = cmp.Or(l.PackageType, "Zip"), s.revision()
	if publish {
		f.publish("")
	}
	if f.Aliases == nil {
		f.Aliases = map[string]*FunctionAlias{}
	}
	for _, alias := range aliases {
		f.Aliases[alias] = &FunctionAlias{Name: alias, FunctionVersion: f.Published[len(f.Published)-1].Version, AliasArn: l.FunctionArn + ":" + alias, RevisionId: s.revision()}
	}
	s.configured[name] = f
}

// Remove deletes a function.
func (s *Server) Remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.configured, name)
}

// Edit changes a function as somebody else would: it has another revision after.
func (s *Server) Edit(name string, edit func(*Configured)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(s.configured[name])
	s.configured[name].Latest.RevisionId = s.revision()
}

// EditAlias changes an alias as somebody else would.
func (s *Server) EditAlias(function, alias string, edit func(*FunctionAlias)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.configured[function].Aliases[alias]
	edit(a)
	a.RevisionId = s.revision()
}

// Look returns a copy of a function, empty if there is none.
func (s *Server) Look(name string) Configured {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.configured[name] == nil {
		return Configured{}
	}
	return *s.configured[name].copy()
}

func (f *Configured) copy() *Configured {
	c := *f
	c.Latest = f.Latest.copy()
	c.Published = nil
	for _, v := range f.Published {
		c.Published = append(c.Published, v.copy())
	}
	c.Aliases = map[string]*FunctionAlias{}
	for name, a := range f.Aliases {
		same := *a
		c.Aliases[name] = &same
	}
	c.Tags = maps.Clone(f.Tags)
	return &c
}

func (c FunctionConfig) copy() FunctionConfig {
	c.Layers, c.Architectures, c.SnapStart = slices.Clone(c.Layers), slices.Clone(c.Architectures), maps.Clone(c.SnapStart)
	if c.Environment != nil {
		c.Environment = &Environment{maps.Clone(c.Environment.Variables)}
	}
	return c
}

// revision is one that was never given before.
func (s *Server) revision() string {
	s.revisions++
	return fmt.Sprintf("revision-%d", s.revisions)
}

// function carries out what concerns one function; path is that after functions/.
func (s *Server) function(r *http.Request, name string, rest []string) (op string, act func() reply) {
	with := func(act func(*Configured) reply) func() reply {
		return func() reply {
			s.mu.Lock()
			defer s.mu.Unlock()
			f := s.configured[name]
			if f == nil {
				return failure(true, 404, "ResourceNotFoundException", "Function not found: "+name)
			}
			return act(f)
		}
	}
	path := strings.Join(rest, "/")
	switch {
	case path == "" && r.Method == http.MethodGet:
		return "GetFunction", with(func(f *Configured) reply { return s.getFunction(f, r.URL.Query().Get("Qualifier")) })
	case path == "configuration" && r.Method == http.MethodPut:
		return "UpdateFunctionConfiguration", with(func(f *Configured) reply { return s.updateFunction(f, r) })
	case path == "versions" && r.Method == http.MethodGet:
		return "ListVersionsByFunction", with(func(f *Configured) reply {
			all := append([]FunctionConfig{f.Latest}, f.Published...)
			from, next := s.page(r, len(all))
			return answer(200, map[string]any{"Versions": unsaid(all[from:min(from+s.pageSize(), len(all))]), "NextMarker": next})
		})
	case path == "versions":
		return "PublishVersion", with(func(f *Configured) reply { return s.publishFunction(f, r) })
	case len(rest) == 2 && rest[0] == "aliases" && r.Method == http.MethodGet:
		return "GetAlias", with(func(f *Configured) reply { return f.getAlias(rest[1]) })
	case len(rest) == 2 && rest[0] == "aliases":
		return "UpdateAlias", with(func(f *Configured) reply { return s.updateAlias(f, rest[1], r) })
	}
	return r.Method, func() reply { return failure(true, 404, "ResourceNotFoundException", "no such path") }
}

// unsaid leaves out what listings do not tell.
func unsaid(all []FunctionConfig) []FunctionConfig {
	listed := []FunctionConfig{}
	for _, c := range all {
		c.State, c.LastUpdateStatus = "", ""
		c.FunctionArn += ":" + c.Version
		listed = append(listed, c)
	}
	return listed
}

// settle brings an update that is under way a read closer to its end.
func (s *Server) settle(f *Configured) {
	if f.Latest.LastUpdateStatus != "InProgress" {
		return
	}
	if f.Updating--; f.Updating < 0 {
		f.Latest.LastUpdateStatus, f.Latest.RevisionId = "Successful", s.revision()
		if f.FailUpdates {
			f.Latest.LastUpdateStatus = "Failed"
		}
	}
}

func (s *Server) getFunction(f *Configured, qualifier string) reply {
	s.settle(f)
	c := &f.Latest
	if qualifier != "" && qualifier != "$LATEST" {
		if c = f.version(qualifier); c == nil {
			return failure(true, 404, "ResourceNotFoundException", "Function not found: "+f.Latest.FunctionArn+":"+qualifier)
		}
	}
	return answer(200, map[string]any{"Configuration": c, "Tags": f.Tags, "Code": map[string]string{"Location": s.URL + "/secret"}})
}

func (f *Configured) version(number string) *FunctionConfig {
	for i := range f.Published {
		if f.Published[i].Version == number {
			return &f.Published[i]
		}
	}
	return nil
}

func conflict(f *Configured) reply {
	return failure(true, 409, "ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: "+f.Latest.FunctionArn)
}

func stale() reply {
	return failure(true, 412, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")
}

func invalid(message string) reply {
	return failure(true, 400, "InvalidParameterValueException", message)
}

func (s *Server) updateFunction(f *Configured, r *http.Request) reply {
	var in struct {
		Layers     *[]string
		RevisionId string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return invalid(err.Error())
	}
	switch {
	case f.Latest.LastUpdateStatus == "InProgress" || f.Latest.State == "Pending":
		return conflict(f)
	case in.RevisionId != "" && in.RevisionId != f.Latest.RevisionId:
		return stale()
	case f.Latest.PackageType == "Image":
		return invalid("Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.")
	}
	if in.Layers != nil {
		layers, bad := s.layersOf(f, *in.Layers)
		if bad != nil {
			return *bad
		}
		f.Latest.Layers = layers
	}
	f.Latest.LastUpdateStatus, f.Updating, f.Latest.RevisionId = "InProgress", 1, s.revision()
	return answer(200, f.Latest)
}

// layersOf checks a list of layers as Lambda does.
func (s *Server) layersOf(f *Configured, arns []string) (layers []FunctionLayer, bad *reply) {
	refuse := func(message string) ([]FunctionLayer, *reply) {
		r := invalid(message)
		return nil, &r
	}
	if len(arns) > 5 {
		return refuse("Cannot reference more than 5 layers.")
	}
	total, names := f.Latest.CodeSize, map[string]string{}
	for _, arn := range arns {
		at := strings.LastIndexByte(arn, ':')
		if other, twice := names[arn[:at]]; twice {
			return refuse("Two different versions of the same layer are not allowed to be referenced in the same function. " + other + " and " + arn + " are versions of the same layer.")
		}
		names[arn[:at]] = arn
		size := int64(1)
		if _, name, _ := strings.Cut(arn[:at], ":layer:"); strings.Contains(arn, ":"+s.account()+":") {
			v := s.layers[name].find(arn[at+1:])
			if v == nil {
				return refuse("Layer version ARN does not exist.")
			}
			size = v.Content.CodeSize
		}
		total += size
		layers = append(layers, FunctionLayer{arn, size})
	}
	if total > maxUnzipped {
		return refuse(fmt.Sprintf("Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is %d bytes.", total))
	}
	return layers, nil
}

func (s *Server) publishFunction(f *Configured, r *http.Request) reply {
	var in struct{ CodeSha256, RevisionId, Description string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return invalid(err.Error())
	}
	switch {
	case f.Latest.LastUpdateStatus == "InProgress":
		return conflict(f)
	case in.RevisionId != "" && in.RevisionId != f.Latest.RevisionId:
		return stale()
	case in.CodeSha256 != "" && in.CodeSha256 != f.Latest.CodeSha256:
		return invalid("CodeSHA256 (" + in.CodeSha256 + ") is different from current CodeSHA256 in $LATEST (" + f.Latest.CodeSha256 + "). Please try again with the CodeSHA256 in $LATEST.")
	}
	v := f.publish(in.Description)
	f.Latest.RevisionId = s.revision()
	answered := *v
	answered.FunctionArn += ":" + v.Version
	return answer(201, answered)
}

// publish makes a version of $LATEST, unless the last one is the same.
func (f *Configured) publish(description string) *FunctionConfig {
	v := f.Latest.copy()
	v.Description = cmp.Or(description, v.Description)
	if n := len(f.Published); n > 0 {
		last := f.Published[n-1]
		v.Version, v.RevisionId, v.Description = last.Version, last.RevisionId, last.Description
		if reflect.DeepEqual(v, last) {
			return &f.Published[n-1]
		}
	}
	v.Description = cmp.Or(description, f.Latest.Description)
	v.Version = strconv.Itoa(len(f.Published) + 1)
	v.RevisionId = "published-" + v.Version
	f.Published = append(f.Published, v)
	return &f.Published[len(f.Published)-1]
}

func (f *Configured) getAlias(name string) reply {
	a := f.Aliases[name]
	if a == nil {
		return failure(true, 404, "ResourceNotFoundException", "Cannot find alias arn: "+f.Latest.FunctionArn+":"+name)
	}
	return answer(200, a)
}

func (s *Server) updateAlias(f *Configured, name string, r *http.Request) reply {
	var in struct {
		FunctionVersion, RevisionId string
		RoutingConfig               *Routing
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return invalid(err.Error())
	}
	a := f.Aliases[name]
	if a == nil {
		return failure(true, 404, "ResourceNotFoundException", "Alias not found: "+f.Latest.FunctionArn+":"+name)
	}
	if in.RevisionId != "" && in.RevisionId != a.RevisionId {
		return stale()
	}
	to := *a
	to.FunctionVersion = cmp.Or(in.FunctionVersion, a.FunctionVersion)
	if in.RoutingConfig != nil {
		to.RoutingConfig = in.RoutingConfig
		if len(in.RoutingConfig.AdditionalVersionWeights) == 0 {
			to.RoutingConfig = nil
		}
	}
	if to.FunctionVersion != "$LATEST" && f.version(to.FunctionVersion) == nil {
		return failure(true, 404, "ResourceNotFoundException", "Function not found: "+f.Latest.FunctionArn+":"+to.FunctionVersion)
	}
	if to.RoutingConfig != nil {
		weights := to.RoutingConfig.AdditionalVersionWeights
		_, included := weights[to.FunctionVersion]
		switch {
		case to.FunctionVersion == "$LATEST":
			return invalid("$LATEST is not supported for an alias pointing to more than 1 version")
		case len(weights) > 1:
			return invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
		case included:
			return invalid("Invalid function version " + to.FunctionVersion + ". Function version " + to.FunctionVersion + " is already included in routing configuration.")
		}
	}
	to.RevisionId = s.revision()
	*a = to
	return answer(200, a)
}
