package fakeaws

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	functionsPath = "/2015-03-31/functions"
	dateFormat    = "2006-01-02T15:04:05.000-0700"
	// contentBucket is where GetLayerVersion says that a version's zip is.
	contentBucket = "awslambda-layers"
)

// Function is a Lambda function with its published versions.
type Function struct {
	Layers  map[string][]string // version, "$LATEST" among them → ARNs of layer versions
	Aliases map[string]string   // alias → version
}

// SetFunction puts a function into the account, or replaces it.
func (s *Server) SetFunction(name string, f Function) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.named[name] = f
}

// Versions lists the numbers of a layer's versions, oldest first.
func (s *Server) Versions(name string) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var numbers []int64
	if l := s.layers[name]; l != nil {
		for _, v := range l.versions {
			numbers = append(numbers, v.Version)
		}
	}
	return numbers
}

// Published counts the versions of all layers.
func (s *Server) Published() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.layers {
		n += len(l.versions)
	}
	return n
}

// References reports whether a version refers to its object instead of a copy.
func (s *Server) References(name string, version int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.layers[name].find(strconv.FormatInt(version, 10))
	return v != nil && v.reference
}

func (s *Server) deleteVersion(name, number string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.layers[name]; l != nil {
		l.versions = slices.DeleteFunc(l.versions, func(v *layerVersion) bool { return strconv.FormatInt(v.Version, 10) == number })
	}
	return reply{status: 204}
}

// content serves <layer>/<version>.
func (s *Server) content(key string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, number, _ := strings.Cut(key, "/")
	v := s.layers[name].find(number)
	if v == nil {
		return failure(false, 404, "NoSuchKey", "The specified key does not exist.")
	}
	return reply{200, map[string]string{"Content-Type": "application/zip"}, v.zip}
}

// statement is one of a layer version's policy, as Lambda spells it.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    string
	Resource  string
	Condition any `json:",omitempty"`
}

// policy carries out what concerns who may use a version.
func (s *Server) policy(r *http.Request, name, number string, id []string) (op string, act func() reply) {
	with := func(act func(*layerVersion) reply) func() reply {
		return func() reply {
			s.mu.Lock()
			defer s.mu.Unlock()
			v := s.layers[name].find(number)
			if v == nil {
				return notFound()
			}
			return act(v)
		}
	}
	switch r.Method {
	case http.MethodPost:
		return "AddLayerVersionPermission", with(func(v *layerVersion) reply { return v.grant(r) })
	case http.MethodDelete:
		return "RemoveLayerVersionPermission", with(func(v *layerVersion) reply { return v.revoke(strings.Join(id, "/")) })
	}
	return "GetLayerVersionPolicy", with(func(v *layerVersion) reply {
		if len(v.policy) == 0 {
			return notFound()
		}
		policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Id": "default", "Statement": v.policy})
		if err != nil {
			return failure(true, 500, "ServiceException", err.Error())
		}
		return answer(200, map[string]string{"Policy": string(policy), "RevisionId": "1"})
	})
}

func (v *layerVersion) grant(r *http.Request) reply {
	var in struct{ StatementId, Action, Principal, OrganizationId, RevisionId string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return failure(true, 400, "InvalidParameterValueException", err.Error())
	}
	if slices.ContainsFunc(v.policy, func(there statement) bool { return there.Sid == in.StatementId }) {
		return failure(true, 409, "ResourceConflictException", "The statement id ("+in.StatementId+") provided already exists.")
	}
	if in.RevisionId != "" && in.RevisionId != "1" {
		return stale()
	}
	added := statement{Sid: in.StatementId, Effect: "Allow", Principal: in.Principal, Action: in.Action, Resource: v.LayerVersionArn}
	if in.Principal != "*" {
		added.Principal = map[string]string{"AWS": "arn:aws:iam::" + in.Principal + ":root"}
	}
	if in.OrganizationId != "" {
		added.Condition = map[string]map[string]string{"StringEquals": {"aws:PrincipalOrgID": in.OrganizationId}}
	}
	v.policy = append(v.policy, added)
	return answer(201, map[string]string{"Statement": in.StatementId, "RevisionId": "1"})
}

func (v *layerVersion) revoke(id string) reply {
	before := len(v.policy)
	v.policy = slices.DeleteFunc(v.policy, func(there statement) bool { return there.Sid == id })
	if len(v.policy) == before {
		return notFound()
	}
	return reply{status: 204}
}

// functions carries out ListFunctions, for path "" or "/", and what concerns one.
func (s *Server) functions(r *http.Request, path string) (op string, act func() reply) {
	if name, ok := strings.CutSuffix(path, "/aliases"); ok {
		return "ListAliases", func() reply { return s.listAliases(strings.Trim(name, "/")) }
	}
	if parts := strings.Split(strings.Trim(path, "/"), "/"); parts[0] != "" {
		return s.function(r, parts[0], parts[1:])
	}
	return "ListFunctions", func() reply { return s.listFunctions(r) }
}

func (s *Server) listFunctions(r *http.Request) reply {
	versions := r.URL.Query().Get("FunctionVersion") == "ALL"
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []FunctionConfig{}
	for _, name := range slices.Sorted(maps.Keys(s.named)) {
		for _, version := range slices.Sorted(maps.Keys(s.named[name].Layers)) {
			if version != "$LATEST" && !versions {
				continue
			}
			c := FunctionConfig{FunctionName: name, Version: version}
			for _, arn := range s.named[name].Layers[version] {
				c.Layers = append(c.Layers, FunctionLayer{Arn: arn})
			}
			all = append(all, c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.configured)) {
		f := s.configured[name]
		all = append(all, f.Latest)
		if versions {
			all = append(all, f.Published...)
		}
	}
	page, next := s.page(r, len(all))
	return answer(200, map[string]any{"Functions": unsaid(all[page:min(page+s.pageSize(), len(all))]), "NextMarker": next})
}

func (s *Server) listAliases(name string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	aliases := []FunctionAlias{}
	for name, version := range s.named[name].Aliases {
		aliases = append(aliases, FunctionAlias{Name: name, FunctionVersion: version})
	}
	if f := s.configured[name]; f != nil {
		for _, alias := range slices.Sorted(maps.Keys(f.Aliases)) {
			aliases = append(aliases, *f.Aliases[alias])
		}
	}
	return answer(200, map[string]any{"Aliases": aliases})
}

// page returns where the page asked for begins, and the marker of the next one.
func (s *Server) page(r *http.Request, total int) (from int, next any) {
	from, _ = strconv.Atoi(r.URL.Query().Get("Marker"))
	if from = min(from, total); from+s.pageSize() < total {
		next = strconv.Itoa(from + s.pageSize())
	}
	return from, next
}

func (s *Server) pageSize() int {
	if s.PageSize == 0 {
		return 50
	}
	return s.PageSize
}

// SetCreated changes when a version was made.
func (s *Server) SetCreated(name string, version int64, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.layers[name].find(strconv.FormatInt(version, 10)); v != nil {
		v.CreatedDate = at.UTC().Format(dateFormat)
	}
}

// Clone starts a server with the state that s has now. The caller closes it.
func (s *Server) Clone() (clone *Server, stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.copy()
	c.uploads, c.parameters, c.Versioned, c.PageSize = map[string]*upload{}, maps.Clone(s.parameters), s.Versioned, s.PageSize
	server := httptest.NewServer(c)
	c.URL = server.URL
	for _, l := range c.layers {
		for _, v := range l.versions {
			at := *v.Content
			at.Location = strings.Replace(at.Location, s.URL, c.URL, 1)
			v.Content = &at
		}
	}
	return c, server.Close
}

// Save returns what puts the account back into the state that it has now.
func (s *Server) Save() (restore func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	saved := s.copy()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		again := saved.copy()
		s.buckets, s.layers, s.named, s.configured = again.buckets, again.layers, again.named, again.configured
	}
}

func (s *Server) copy() *Server {
	c := &Server{buckets: map[string]map[string]*object{}, layers: map[string]*layer{}, named: maps.Clone(s.named), configured: map[string]*Configured{},
		revisions: s.revisions, traffic: maps.Clone(s.traffic)}
	for name, f := range s.configured {
		c.configured[name] = f.copy()
	}
	for name, bucket := range s.buckets {
		c.buckets[name] = map[string]*object{}
		for key, o := range bucket {
			same := *o
			c.buckets[name][key] = &same
		}
	}
	for name, l := range s.layers {
		same := &layer{last: l.last}
		for _, v := range l.versions {
			version := *v
			version.policy = slices.Clone(v.policy)
			same.versions = append(same.versions, &version)
		}
		c.layers[name] = same
	}
	return c
}

// Grants returns how many statements the policies of a layer's versions have.
func (s *Server) Grants(name string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.layers[name]; l != nil {
		for _, v := range l.versions {
			n += len(v.policy)
		}
	}
	return n
}
