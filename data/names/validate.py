"""Check the name stock; prints counts."""
import collections, os, re
H = os.path.dirname(os.path.abspath(__file__))
rd = lambda f: [l.rstrip('\n').split('\t') for l in open(os.path.join(H, f), encoding='ascii')][1:]
C, F, S, V = map(rd, ('cultures.tsv', 'forenames.tsv', 'surnames.tsv', 'spellings.tsv'))
ok = re.compile(r"[A-Za-z](?:[A-Za-z]|[ '\-](?=[A-Za-z]))*")
for i in (3, 4): assert abs(sum(float(r[i]) for r in C) - 1) < 1e-6
cs = {r[0] for r in C}; assert all(len(r) == 8 for r in C)
assert cs == {r[0] for r in F} == {r[0] for r in S} and {r[0] for r in V} <= cs
for R, k in ((F, 3), (S, 2), (V, 3)): assert len({tuple(r[:k]) for r in R}) == len(R)
for R, k in ((F, (2,)), (S, (1,)), (V, (1, 2))): assert all(ok.fullmatch(r[j]) for r in R for j in k)
assert all(float(r[-1]) > 0 for r in F + S)
n = collections.Counter((r[0], r[1]) for r in F); m = collections.Counter(r[0] for r in S)
assert min(n.values()) >= 60 and min(m.values()) >= 80 and n['british_irish', 'M'] >= 600
t = collections.Counter()
for r in S: t[r[0]] += float(r[2])
assert all(abs(v - 1) < .01 for v in t.values()), t
print('cultures', len(C), 'forenames', len(F), 'surnames', len(S), 'distinct surnames', len({r[1] for r in S}), 'spellings', len(V))
