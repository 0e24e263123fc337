// Written by training/unicode_tables.py (Unicode 14.0.0, Python 3.11.7, regex 2026.11.15); do not edit.

/// Tables as text, numbers in base 36; see the script for how they are written.
enum UnicodeData {
    /// Runs of length and property bits over all scalars.
    static let properties = """
        9.4 5.8 e.4 4.c 1.8 6.4 1.1w 6.4 1.1w 1.4 a.i 1.1w 6.4 q.1d 3.4 1.1w 1.k 1.1w q.1d a.4 1.8 q.4 1.8 7.4 1.1w \
        1.4 1.1d 2.4 1.1w 1.4 1.1w 2.4 2.i 1.1w 1.1d 1.4 2.1w 1.i 1.1d 1.4 3.i 1.4 n.1d 1.4 v.1d 1.4 5f.1d 1.h 4.1d \
        4.h 5s.1d 1.h r.1d i.29 4.1w c.29 e.1w 5.29 7.1w 1.29 1.1w 1.29 h.1w 1x.5g 1.5c 9.5g 1.1w w.5g 4.1d 1.5t \
        1.1w 2.1d 2.4 1.29 3.1d 1.3o 1.1d 4.4 2.1w 1.1d 1.5g 3.1d 1.4 1.1d 1.4 k.1d 1.4 2b.1d 1.4 3v.1d 1.4 5.5g \
        2.1w 4m.1d 1.4 12.1d 1.4 1.1 1.29 5.4 1.1w 15.1d 2.4 2.1 4.4 19.5g 1.4 1.5g 1.4 2.5g 1.4 2.5g 1.4 1.5g 8.4 \
        r.h 4.4 4.h 1.4 1.1w b.4 6.1w a.4 b.5g 1.4 1.1w 3.4 w.h 1.29 a.h l.5g a.i 4.4 2.h 1.5g 2r.h 1.4 1.h 7.5g \
        1.1w 1.4 6.5g 2.29 2.5g 1.4 4.5g 2.h a.i 3.h 2.4 1.h f.4 1.1w 1.h 1.5g u.h r.5g 2.4 2h.h b.1w 1.h e.4 a.i \
        x.h 9.5g 2.29 4.4 1.29 2.4 1.5g 2.4 m.h 4.5g 1.29 9.5g 1.29 3.5g 1.29 5.5g i.4 p.h 3.5g 4.4 b.h 5.4 o.h 1.1w \
        6.h 1.1 2.1w 6.4 8.5g 15.h 1.29 o.5g 1.1w t.5g 3.1w 1.4 1i.h 1.1w 1.4 1.5g 1.h 3.4 8.1w 4.4 1.5g 2.4 1.h \
        4.5g 3.1w 8.41 2.h 2.1w 2.4 a.i 1.4 1.29 f.h 1.1w 3.4 8.h 2.4 2.h 2.4 m.h 1.4 7.h 1.4 1.h 3.4 4.h 2.4 1.5g \
        1.h 1.3o 2.4 4.1w 8.4 1.5g 1.h 8.4 1.3o 4.4 2.41 1.4 1.41 2.h 2.1w 2.4 a.i 2.h 2.4 6.i 2.4 1.h 1.4 1.5g 2.4 \
        2.1w 2.4 6.h 4.4 2.h 2.4 m.h 1.4 7.h 1.4 1.h 1.41 1.4 1.h 1.41 1.4 2.h 2.4 1.5g 4.4 2.1w 4.4 2.1w 2.4 2.1w \
        1.5g 3.4 1.1w 7.4 3.41 1.h 1.4 1.41 7.4 a.i 2.1w 3.h 1.1w b.4 2.1w 2.4 9.h 1.4 3.h 1.4 m.h 1.4 7.h 1.4 2.h \
        1.4 5.h 2.4 1.5g 1.h 3.4 5.1w 1.4 2.1w 4.4 1.5g 2.4 1.h f.4 2.h 2.1w 2.4 a.i 9.4 1.h 6.1w 1.4 1.1w 3.4 8.h \
        2.4 2.h 2.4 m.h 1.4 7.h 1.4 2.h 1.4 5.h 2.4 1.5g 1.h 1.3o 1.1w 1.4 4.1w 8.4 1.5g 7.4 1.1w 1.5g 1.3o 4.4 2.41 \
        1.4 3.h 2.1w 2.4 a.i 1.4 1.h 6.i a.4 1.1w 1.h 1.4 6.h 3.4 3.h 1.4 4.h 3.4 2.h 1.4 1.h 1.4 2.h 3.4 2.h 3.4 \
        3.h 3.4 c.h 4.4 1.3o 1.4 1.1w c.4 1.5g 2.4 1.h 6.4 1.3o e.4 d.i d.4 1.1w 3.4 1.1w 8.h 1.4 3.h 1.4 n.h 1.4 \
        g.h 2.4 1.5g 1.h 3.1w 5.4 3.1w 1.4 3.1w 1.5g 7.4 2.5g 1.4 3.h 1.4 1.1 1.h 2.4 2.h 2.1w 2.4 a.i 8.4 7.i 1.4 \
        1.h 1.1w 3.4 8.h 1.4 3.h 1.4 n.h 1.4 a.h 1.4 5.h 2.4 1.5g 1.h 1.4 1.1w 2.4 1.3o 3.4 1.1w 5.4 1.1w 1.5g 7.4 \
        2.3o 5.4 1.1 2.h 1.4 2.h 2.1w 2.4 a.i 1.4 2.h d.4 2.1w 2.4 9.h 1.4 3.h 1.4 15.h 2.5g 1.h 1.3o 2.4 4.1w 8.4 \
        1.5g 1.h 5.4 3.h 1.3o 7.i 3.h 2.1w 2.4 j.i 1.4 6.h 1.4 1.1w 3.4 i.h 3.4 o.h 1.4 9.h 1.4 1.h 2.4 7.h 3.4 1.5g \
        4.4 1.3o 2.4 3.1w 1.4 1.1w 8.4 1.3o 6.4 a.i h.4 1c.h 1.1w 2.h 4.1w 3.5g 5.4 6.h 1.29 1.1w 4.5g 3.1w 1.4 a.i \
        13.4 2.h 1.4 1.h 1.4 5.h 1.4 o.h 1.4 1.h 1.4 a.h 1.1w 2.h 4.1w 3.5g 2.1w 1.h 2.4 5.h 1.4 1.29 1.4 4.5g 2.1w \
        2.4 a.i 2.4 4.h w.4 1.h n.4 2.5g 6.4 k.i 1.4 1.5g 1.4 1.5g 1.4 1.5g 6.4 3.h 1.41 4.h 1.4 4.h 1.41 4.h 1.41 \
        4.h 1.41 4.h 1.41 c.h 1.41 3.h 4.4 6.5g 1.1w 1.5g 1.1w 4.5g 1.1w 1.4 5.5g 1.4 2.5g 5.h 6.1w 1.5g 4.1w 1.4 \
        4.1w 1.5g 4.1w 1.5g 4.1w 1.5g 4.1w 1.5g c.1w 1.5g 3.1w 9.4 1.5g 1l.4 17.h 2.4 1.1w 1.5g 2.1w 1.4 5.1w 1.5g \
        1.4 2.5g 2.4 2.1w 1.h a.i 6.4 6.h 2.4 2.1w 4.h 3.1w 1.h 3.4 2.h 7.4 3.h 4.1w d.h 1.1w 2.4 2.1w 6.4 1.5g 1.h \
        1.4 a.i 3.4 1.1w 2.4 12.1d 1.4 1.1d 5.4 1.1d 2.4 17.1d 1.4 1.29 3.1d 2p.h l.41 1e.h r.41 3q.h 1.4 4.h 2.4 \
        7.h 1.4 1.h 1.4 4.h 2.4 15.h 1.4 4.h 2.4 x.h 1.4 4.h 2.4 7.h 1.4 1.h 1.4 4.h 2.4 f.h 1.4 1l.h 1.4 4.h 2.4 \
        1v.h 2.4 3.5g 9.4 k.i 3.4 g.h g.4 2e.1d 2.4 6.1d 3.4 h8.h 2.4 h.h 1.8 q.h 5.4 23.h 3.4 3.i 8.h 7.4 i.h 2.1w \
        1.5g 1.3o 9.4 j.h 2.1w 1.3o b.4 i.h 2.1w c.4 d.h 1.4 3.h 1.4 2.1w c.4 1g.h 2.1w 1.4 7.1w 8.4 1.1w 2.4 9.1w \
        1.5g 1.1w 3.4 1.29 4.4 1.h 1.5g 2.4 a.i 6.4 a.i h.4 5.1w a.i 6.4 z.h 1.29 1h.h 7.4 5.h 2.1w y.h 1.5g 1.h 5.4 \
        1y.h a.4 v.h 1.4 3.1w 4.4 2.1w 9.4 1.1w 6.4 3.5g a.4 a.i u.h 2.4 5.h b.4 18.h 4.4 q.h 6.4 b.i 11.4 n.h 2.5g \
        2.4 1.1w 4.4 1h.h 1.4 1.1w 1.4 7.1w 1.4 1.5g 1.4 1.1w 2.4 8.1w 6.4 2.1w 8.5g 2.4 1.5g a.i 6.4 a.i d.4 1.29 \
        8.4 e.5g 1.1w g.5g 1d.4 4.1w 1.4 1b.h 1.5g 1.3o 5.1w 1.4 1.1w 5.4 1.1w 1.4 1.3o 8.h 3.4 a.i h.4 9.5g c.4 \
        2.1w 1.4 u.h 1.4 4.1w 2.4 2.1w 1.3o 1.5g 2.1w 2.h a.i 18.h 1.5g 1.4 2.1w 3.4 1.1w 1.4 3.1w 2.3o c.4 10.h 8.4 \
        8.1w 2.4 1.1w 1.5g 8.4 a.i 3.4 3.h a.i u.h 6.29 2.4 9.1d 2.1 5.4 17.1d 2.4 3.1d g.4 3.5g 1.4 d.5g 1.4 7.5g \
        4.h 1.5g 6.h 1.5g 2.h 1.4 2.5g 1.h 5.4 18.1d 1r.29 d.1d 1.29 y.1d 11.29 1s.5g 7q.1d 2.4 6.1d 2.4 12.1d 2.4 \
        6.1d 2.4 8.1d 1.4 1.1d 1.4 1.1d 1.4 1.1d 1.4 i.1d 1.4x 1.1d 1.4x 1.1d 1.4x 1.1d 1.4x 1.1d 1.4x 1.1d 1.4x \
        1.1d 1.4x 2.4 1h.1d 1.4 5.1d 1.4x 1.1d 1.1w 1.4x 3.1w 3.1d 1.4 3.1d 1.4x 1.1d 1.4x 1.1d 3.1w 3.1d 1.4x 2.4 \
        5.1d 1.4x 1.4 3.1w 3.1d 1.4x 7.1d 1.4x 1.1d 1.1w 2.5g 2.4 3.1d 1.4 3.1d 1.4x 1.1d 1.4x 1.1d 1.5g 1.1w 1.4 \
        2.3s 9.8 5.1w 8.4 2.1w a.4 1.1w 2.4 1.1w 2.8 5.1w 1.8 1b.4 1.8 5.1w 1.4 a.1w 1.i 1.29 2.4 6.i 5.4 1.29 a.i \
        5.4 1.1 d.29 3.1 1c.4 d.5g 4.1w 1.5g 3.1w c.5g h.4 1.1d 4.4 1.1d 2.4 a.1d 1.4 1.1d 3.4 5.1d 6.4 1.1d 1.4 \
        1.4x 1.4 1.1d 1.4 2.4x 2.1d 1.4 6.1d 4.h 1.1d 2.4 4.1d 5.4 5.1d 4.4 1.1d 1.4 g.i w.1e 3.i 2.1d 5.i bj.4 2.3o \
        8l.4 1o.i q.4 1g.10 m.i hi.4 u.i nc.4 1.3o 83.4 3g.1d 2.29 2v.1d 6.4 4.1d 3.5g 2.1d 9.4 1.i 2.4 12.1d 1.4 \
        1.1d 5.4 1.1d 2.4 1k.h 7.4 1.29 f.4 1.5g n.h 9.4 7.h 1.4 7.h 1.4 7.h 1.4 7.h 1.4 7.h 1.4 7.h 1.4 7.h 1.4 7.h \
        1.4 w.5g 1b.4 1.29 cw.4 1.8 4.4 1.29 1.h 1.i p.4 9.i 4.5g 2.3o 1.4 5.29 2.4 3.i 1.29 1.h 4.4 2e.h 2.4 2.5g \
        2.1w 2.29 1.h 1.4 2i.h 1.4 3.29 1.h 5.4 17.h 1.4 2m.h 3.4 4.i a.4 w.h 1c.4 g.h w.4 a.i u.4 8.i 1.4 f.i w.4 \
        a.i 13.4 f.i 8w.4 534.h 1s.4 g7p.h 1.29 vr.h 1v.4 14.h 6.29 2.4 7g.h 1.29 3.4 g.h a.i 2.h k.4 1a.1d 1.h 1.5g \
        3.1w 1.4 a.5g 1.4 1.29 s.1d 2.29 2.5g 1y.h a.i 2.5g e.4 n.1w 9.29 2.1w 26.1d 1.29 n.1d 1.29 2.1w 4.1d 1.h \
        1n.1d 5.1 2.1d 1.1 1.1d 1.1 5.1d 4.1 4.4 1.1 e.4 1.1 3.29 2.1d 1.h 2.29 1.1d 7.h 1.1w 3.h 1.5g 4.h 1.1w n.h \
        2.4 2.1w 5.4 1.5g 3.4 6.i a.4 1g.h e.4 1e.h g.4 1.5g 1.1w a.4 a.i 6.4 i.5g 6.h 3.4 1.h 1.4 2.h 1.1w a.i s.h \
        5.1w 3.5g 2.4 n.h b.1w 1.4 1.3o c.4 t.h 3.4 3.1w 1.4 1b.h 1.5g 2.4 4.1w 2.4 2.1w 2.4 1.3o e.4 1.29 a.i 6.4 \
        5.h 1.1w 1.29 9.h a.i 5.h 1.4 15.h 6.1w 2.4 2.1w 2.4 2.1w 9.4 3.h 1.1w 8.h 1.1w 3.4 a.i 6.4 g.h 1.29 6.h 3.4 \
        1.h 1.4 1.1w 1.4 1e.h 1.5g 1.h 3.5g 2.h 2.5g 5.h 2.5g 1.h 1.5g 1.h o.4 2.h 1.29 2.4 b.h 1.4 2.1w 4.4 1.h \
        2.29 1.4 1.5g a.4 6.h 2.4 6.h 2.4 6.h 9.4 7.h 1.4 7.h 1.4 17.1d 1.1w 4.29 9.1d 1.29 2.1w 2.1 2.4 28.1d z.h \
        2.4 1.1w 2.4 1.1w 4.4 1.5g 2.4 a.i 6.4 8mc.h c.4 n.h 4.4 1d.h 4.4 1kw.0 4xs.4 7i.41 2.h 1.41 1.h 1.41 2.h \
        a.41 1.h 1.41 1.h 1.41 2.h 2.41 3.h 1w.41 2.4 2y.41 12.4 7.1d c.4 5.1d 5.4 1.41 1.5g 1.41 9.h 1.4 d.41 1.4 \
        5.41 1.4 1.41 1.4 2.41 1.4 2.41 1.4 9.41 2r.h h.1w g.4 a3.h i.4 1s.h 2.4 1i.h 14.4 c.h 4.4 g.1w 3.4 1.1w c.4 \
        g.5g y.4 1.1w 2.4 1.1w q.4 5.h 1.4 3r.h 2.4 1.1w 7.4 1.1w 6.4 1.1w 1.4 a.i 1.1w 6.4 q.1d 3.4 1.1w 1.4 1.1w \
        q.1d b.4 a.h 1.29 19.h 2.29 v.h 3.4 6.h 2.4 6.h 2.4 6.h 2.4 3.h 6.4 1.1w l.4 3.1w 4.4 c.h 1.4 q.h 1.4 j.h \
        1.4 2.h 1.4 f.h 2.4 e.h y.4 3f.h c.4 19.i c.4 1l.i h.4 2.i 35.4 1.5g 3m.4 t.h 3.4 1d.h f.4 1.5g r.i 4.4 w.h \
        4.i 9.4 k.h 1.i 8.h 1.i 5.4 12.h 5.5g 5.4 u.h 2.4 10.h 4.4 8.h 1.4 5.i 16.4 28.1d 26.h 2.4 a.i 6.4 10.1d 4.4 \
        10.1d 4.4 14.h 8.4 1g.h c.4 b.1d 1.4 f.1d 1.4 7.1d 1.4 2.1d 1.4 b.1d 1.4 f.1d 1.4 7.1d 1.4 2.1d 3.4 1g.1 c.4 \
        8n.h 9.4 m.h a.4 8.h o.4 6.29 1.4 16.29 1.4 9.29 5.1 1s.4 6.h 2.4 1.h 1.4 18.h 1.4 2.h 3.4 1.h 2.4 n.h 2.4 \
        8.i n.h 2.4 7.i v.h 8.4 9.i 1c.4 j.h 1.4 2.h 5.4 5.i m.h 6.i 4.4 q.h 6.4 q.1 12.4 1k.h 4.4 2.i 2.h g.i 2.4 \
        1a.i 1.h 3.1w 1.4 2.1w 5.4 1.1w 1.5g 1.1w 1.5g 4.h 1.4 3.h 1.4 t.h 2.4 3.5g 4.4 1.5g 9.i n.4 t.h 2.i 1.4 t.h \
        3.i w.4 8.h 1.4 s.h 2.5g 4.4 5.i g.4 1i.h a.4 m.h 2.4 8.i j.h 5.4 8.i i.h n.4 7.i 28.4 21.h 1j.4 1f.1d d.4 \
        1f.1d 7.4 6.i 10.h 4.5g 8.4 a.i 6.4 a.2 s.1 9.4 n.1 62.4 v.i 1.4 16.h 1.4 2.5g 3.4 2.h g.4 6.1 h.4 m.1 h.4 \
        t.h a.i 1.h 8.4 m.h b.5g 4.i r.4 i.h 4.5g 16.4 l.h 7.i k.4 n.h a.4 1.1w 1.4 1h.h e.1w 1.5g b.4 u.i 1.5g 2.h \
        2.1w 1.h 9.4 1.5g 2.1w 1.4 19.h 3.4 4.1w 2.4 2.5g 2.4 1.1w 4.4 1.1w a.4 1.1w 2.4 p.h 7.4 a.i 6.4 3.5g 10.h \
        1.5g 4.1w 1.4 6.1w 2.5g 1.4 a.i 4.4 1.h 2.4 1.h 8.4 z.h 1.5g 2.4 1.h 9.4 2.1w 1.4 1c.h 3.4 9.1w 1.4 1.3o 4.h \
        4.4 1.1w 1.5g 2.1w 2.4 1.1w a.i 1.h 1.4 1.h 4.4 k.i b.4 i.h 1.4 p.h 3.4 3.1w 2.4 1.1w 1.3o 1.5g 1.1w 6.4 \
        1.1w 2.1 1r.4 7.h 1.4 1.h 1.4 4.h 1.4 f.h 1.4 a.h 7.4 1b.h 1.1w 3.4 6.1w 2.5g 5.4 a.i 6.4 2.1w 3.4 8.h 2.4 \
        2.h 2.4 m.h 1.4 7.h 1.4 2.h 1.4 5.h 1.4 2.5g 1.h 1.3o 1.4 1.1w c.4 1.3o 2.4 1.h 6.4 1.3o 5.4 5.h 4.4 7.5g \
        3.4 5.5g b.4 a.1 1.4 1.1 2.4 1.1 1.4 12.1 1.4 1.1 p.4 1.1 1.4 1.1 18.4 1h.h 3.4 8.1w 2.4 1.5g 2.1w 1.4 1.5g \
        4.h 5.4 a.i 4.4 1.5g 3.h u.4 1c.h 1.3o 2.4 6.1w 1.4 1.5g 2.4 1.3o 1.4 2.1w 1.4 2.5g 2.h 1.4 1.h 8.4 a.i 4m.4 \
        1b.h 1.3o 2.4 4.1w 6.4 2.1w 1.4 2.5g n.4 4.h 2.1w y.4 1c.h 3.4 8.1w 2.4 1.1w 1.4 1.5g 1.1w 3.4 1.h b.4 a.i \
        12.4 17.h 1.1w 1.4 1.1w 2.4 6.1w 1.3o 1.5g 1.h 7.4 a.i 6.4 k.2 s.4 r.h 2.4 3.1w 2.4 4.1w 1.4 4.1w 1.5g 4.4 \
        c.i 4.4 7.h 55.4 18.h 3.4 9.1w 1.4 2.5g 2t.4 1s.1d j.i c.4 8.h 2.4 1.h 2.4 8.h 1.4 2.h 1.4 o.h 1.3o a.4 2.1w \
        1.3o 1.5g 1.h 1.4 1.h 1.4 1.5g c.4 a.i 1y.4 8.h 2.4 13.h 3.4 4.1w 2.4 2.1w 4.4 1.5g 1.h 1.4 1.h s.4 1.h a.1w \
        14.h 1.1w 1.5g 4.1w 1.4 1.h 4.1w 8.4 1.5g 8.4 1.h 6.1w 2.4 3.1w 1a.h d.1w 1.4 1.1w 1.5g 3.4 1.h i.4 21.h h.4 \
        1.1 51.4 x.1 f.4 a.2 6.4 9.h 1.4 11.h 1.4 7.1w 1.4 6.1w 1.4 1.5g 1.h f.4 t.i 5.4 u.h 2.4 m.1w 2.4 7.1w 1.4 \
        2.1w 1.4 2.1w 21.4 7.h 1.4 2.h 1.4 12.h 6.1w 3.4 1.1w 1.4 2.1w 1.4 3.1w 1.5g 1.1w 2.5g 1.h 1.1w 8.4 a.i 6.4 \
        6.h 1.4 2.h 1.4 w.h 6.4 2.1w 3.4 1.1w 1.4 1.5g 1.h 7.4 a.i 6.4 18.1 4.4 a.2 7.4 1.1 6m.4 j.h 2.1w d.4 1.1 \
        1.4 d.1 1.4 y.1 s.4 a.2 2e.4 1.h f.4 l.i 17.4 pm.h 2u.4 33.i 1.2 5.4 b.2 5g.h c.4 8n.2 1s9.4 2p.h f.4 tr.h \
        1.1 9.1w 8.4 6.1 p.4 32z.1 5.4 g7.h 5a1.4 u.1 i.4 a.2 1c6.4 ft.h 7.4 v.h 1.4 a.i 6.4 27.h 1.4 a.i 6.4 u.h \
        2.4 5.5g b.4 1c.h 7.5g 9.4 4.29 c.4 a.i 1.4 7.i 1.4 l.h 5.4 j.h c0.4 19.1 3.4 a.2 5i.4 1s.1d n.i 9.4 p.1 2.4 \
        p.1 18.4 23.h 4.4 1.1w 1.h 1q.4 4.1w d.29 1s.4 2.29 1.4 1.29 1.1w b.4 2.3o 2.1 3.2 9.4 4qg.h 8.1 ye.h 5.1 \
        10.4 1.1 9.h o.1 2n.4 37.1 d.4 pe.1 e.4 1f.1 5y5.4 4.29 1.4 7.29 1.4 2.29 1.4 83.h 6.1 9.4 1.1 t.4 3.h 2.4 \
        1.1 e.4 4.h 1.1 7.4 b0.h 1s4.4 2z.h 5.4 d.h 3.4 9.h 7.4 a.h 3.4 1.1w 1.5g 1.4 4.1w 37w.4 a.2 ee.4 1a.1w 2.4 \
        n.1w ev.4 9.3o 3.5g 3.4 6.3o 8.1w 8.5g 2.4 7.5g u.4 4.5g d.4 6.3o 3l.4 3.5g 3f.4 k.2 c.4 k.i 30.4 p.i 3r.4 \
        2d.1d 1.4 1z.1d 1.4 2.1d 2.4 1.1d 2.4 2.1d 2.4 4.1d 1.4 c.1d 1.4 1.1d 1.4 7.1d 1.4 1t.1d 1.4 4.1d 2.4 8.1d \
        1.4 7.1d 1.4 s.1d 1.4 4.1d 1.4 5.1d 1.4 1.1d 3.4 7.1d 1.4 9g.1d 1.1 1.4 p.1d 1.4 p.1d 1.4 v.1d 1.4 p.1d 1.4 \
        v.1d 1.4 p.1d 1.4 v.1d 1.4 p.1d 1.4 v.1d 1.4 p.1d 1.4 8.1d 2.4 1e.i e8.4 1j.1w 4.4 1e.1w 8.4 1.1w e.4 1.1w \
        m.4 5.1w 1.4 f.1w uo.4 a.1d 1.h k.1d 2r.1 e.4 7.1 1i.4 1f.1 7.5g 1.4 h.5g 2.4 7.5g 1.4 2.5g 1.4 5.5g 5.4 \
        1q.1 42.4 19.h 3.4 7.5g 7.29 2.4 a.i 4.4 1.h 8x.4 u.h 1.5g h.4 18.h 4.5g a.i d2.4 s.1 4.4 a.2 5y.4 u.1 2.4 \
        1.1 a.2 5h.4 v.1 1.4 3.1 1.4 2.1 1.4 7.1 2.4 5.1 9.4 2.1 68.4 7.h 1.4 4.h 1.4 2.h 1.4 f.h 1.4 5h.h 2.4 9.i \
        7.5g 15.4 1w.1d 7.5g 1.29 4.4 a.i lz.4 1n.i 1.4 3.i 1.4 4.i 24.4 19.i 1.4 f.i 5e.4 4.h 1.4 r.h 1.4 2.h 1.4 \
        1.h 2.4 1.h 1.4 a.h 1.4 4.h 1.4 1.h 1.4 1.h 6.4 1.h 4.4 1.h 1.4 1.h 1.4 1.h 1.4 3.h 1.4 2.h 1.4 1.h 2.4 1.h \
        1.4 1.h 1.4 1.h 1.4 1.h 1.4 1.h 1.4 2.h 1.4 1.h 2.4 4.h 1.4 7.h 1.4 4.h 1.4 4.h 1.4 1.h 1.4 a.h 1.4 h.h 5.4 \
        3.h 1.4 5.h 1.4 h.h g4.4 d.i z.4 q.10 6.4 q.10 6.4 q.10 hd.4 5.1w 1kg.4 a.i sm.4 wyo.h w.4 37d.h 7.1 66.h \
        1.1 1.4 4g2.h c.1 2.4 5rl.h f.4 ha.1 1wi.4 f2.41 15u.4 3t7.h 5.4 6ju.1 upy.4 8qo.1 e2f5.4 1.1w u.4 2o.1w \
        3k.4 6o.1w 47bk.4
        """

    /// Runs of start, count, step and distance to the lower case.
    static let lowerCases = """
        1t.q.1.w 5c.n.1.w 60.7.1.w 74.o.2.1 8i.3.2.1 8p.8.2.1 96.n.2.1 ag.1.1.-3d ah.3.2.1 ap.1.1.5u aq.2.2.1 \
        au.1.1.5q av.1.1.1 ax.2.1.5p az.1.1.1 b2.1.1.27 b3.1.1.5m b4.1.1.5n b5.1.1.1 b7.1.1.5p b8.1.1.5r ba.1.1.5v \
        bb.1.1.5t bc.1.1.1 bg.1.1.5v bh.1.1.5x bj.1.1.5y bk.3.2.1 bq.1.1.62 br.1.1.1 bt.1.1.62 bw.1.1.1 by.1.1.62 \
        bz.1.1.1 c1.2.1.61 c3.2.2.1 c7.1.1.63 c8.1.1.1 cc.1.1.1 ck.1.1.2 cl.1.1.1 cn.1.1.2 co.1.1.1 cq.1.1.2 \
        cr.9.2.1 da.9.2.1 dt.1.1.2 du.2.2.1 dy.1.1.-2p dz.1.1.-1k e0.k.2.1 f4.1.1.-3m f6.9.2.1 fu.1.1.8bv fv.1.1.1 \
        fx.1.1.-4j fy.1.1.8bs g1.1.1.1 g3.1.1.-5f g4.1.1.1x g5.1.1.1z g6.5.2.1 og.2.2.1 om.1.1.1 ov.1.1.38 p2.1.1.12 \
        p4.3.1.11 p8.1.1.1s pa.2.1.1r pd.h.1.w pv.9.1.w r3.1.1.8 rc.c.2.1 s4.1.1.-1o s7.1.1.1 s9.1.1.-7 sa.1.1.1 \
        sd.3.1.-3m sg.g.1.28 sw.w.1.w v4.h.2.1 wa.r.2.1 xs.1.1.f xt.7.2.1 y8.1c.2.1 10x.12.1.1c 3a8.12.1.5ls \
        3bb.1.1.5ls 3bh.1.1.5ls 3vk.28.1.tzk 3xs.6.1.8 5n4.17.1.-2bk 5od.3.1.-2bk 5xc.23.2.1 61q.1.1.-5vj 61s.1c.2.1 \
        64o.8.1.-8 654.6.1.-8 65k.8.1.-8 660.8.1.-8 66g.6.1.-8 66x.4.2.-8 67c.8.1.-8 688.8.1.-8 68o.8.1.-8 \
        694.8.1.-8 69k.2.1.-8 69m.2.1.-22 69o.1.1.-9 6a0.4.1.-2e 6a4.1.1.-9 6ag.2.1.-8 6ai.2.1.-2s 6aw.2.1.-8 \
        6ay.2.1.-34 6b0.1.1.-7 6bc.2.1.-3k 6be.2.1.-3i 6bg.1.1.-9 6jq.1.1.-5st 6ju.1.1.-6gv 6jv.1.1.-6di 6k2.1.1.s \
        6lc.g.1.g 6mb.1.1.1 792.q.1.q 8ow.1c.1.1c 8rk.1.1.1 8rm.1.1.-8af 8rn.1.1.-2xy 8ro.1.1.-89z 8rr.3.2.1 \
        8rx.1.1.-8bg 8ry.1.1.-8al 8rz.1.1.-8bj 8s0.1.1.-8bi 8s2.1.1.1 8s5.1.1.1 8se.2.1.-8cf 8sg.1e.2.1 8vf.2.2.1 \
        8vm.1.1.1 wu8.n.2.1 ww0.e.2.1 x0i.7.2.1 x0y.v.2.1 x2x.2.2.1 x31.1.1.-r9g x32.5.2.1 x3f.1.1.1 x3h.1.1.-wmg \
        x3k.2.2.1 x3q.a.2.1 x4a.1.1.-wn8 x4b.1.1.-wnj x4c.1.1.-wnf x4d.1.1.-wn5 x4e.1.1.-wn8 x4g.1.1.-wlu \
        x4h.1.1.-wmi x4i.1.1.-wlx x4j.1.1.ps x4k.8.2.1 x50.1.1.-1c x51.1.1.-wn7 x52.1.1.-raw x53.2.2.1 x5c.1.1.1 \
        x5i.2.2.1 x6d.1.1.1 1ee9.q.1.w 1fcw.14.1.14 1fhs.10.1.14 1fn4.b.1.13 1fng.f.1.13 1fnw.7.1.13 1fo4.2.1.13 \
        1h1c.1f.1.1s 1jfk.w.1.w 20cg.w.1.w 2olc.y.1.y
        """

    /// Distance to the scalar before, and canonical parts; exclamation mark: not composed again.
    static let decompositions = """
        5c.1t.lc 1.1t.ld 1.1t.le 1.1t.lf 1.1t.lk 1.1t.lm 2.1v.mf 1.1x.lc 1.1x.ld 1.1x.le 1.1x.lk 1.21.lc 1.21.ld \
        1.21.le 1.21.lk 2.26.lf 1.27.lc 1.27.ld 1.27.le 1.27.lf 1.27.lk 3.2d.lc 1.2d.ld 1.2d.le 1.2d.lk 1.2h.ld \
        3.2p.lc 1.2p.ld 1.2p.le 1.2p.lf 1.2p.lk 1.2p.lm 2.2r.mf 1.2t.lc 1.2t.ld 1.2t.le 1.2t.lk 1.2x.lc 1.2x.ld \
        1.2x.le 1.2x.lk 2.32.lf 1.33.lc 1.33.ld 1.33.le 1.33.lf 1.33.lk 3.39.lc 1.39.ld 1.39.le 1.39.lk 1.3d.ld \
        2.3d.lk 1.1t.lg 1.2p.lg 1.1t.li 1.2p.li 1.1t.mg 1.2p.mg 1.1v.ld 1.2r.ld 1.1v.le 1.2r.le 1.1v.lj 1.2r.lj \
        1.1v.lo 1.2r.lo 1.1w.lo 1.2s.lo 3.1x.lg 1.2t.lg 1.1x.li 1.2t.li 1.1x.lj 1.2t.lj 1.1x.mg 1.2t.mg 1.1x.lo \
        1.2t.lo 1.1z.le 1.2v.le 1.1z.li 1.2v.li 1.1z.lj 1.2v.lj 1.1z.mf 1.2v.mf 1.20.le 1.2w.le 3.21.lf 1.2x.lf \
        1.21.lg 1.2x.lg 1.21.li 1.2x.li 1.21.mg 1.2x.mg 1.21.lj 4.22.le 1.2y.le 1.23.mf 1.2z.mf 2.24.ld 1.30.ld \
        1.24.mf 1.30.mf 1.24.lo 1.30.lo 5.26.ld 1.32.ld 1.26.mf 1.32.mf 1.26.lo 1.32.lo 4.27.lg 1.33.lg 1.27.li \
        1.33.li 1.27.ln 1.33.ln 3.2a.ld 1.36.ld 1.2a.mf 1.36.mf 1.2a.lo 1.36.lo 1.2b.ld 1.37.ld 1.2b.le 1.37.le \
        1.2b.mf 1.37.mf 1.2b.lo 1.37.lo 1.2c.mf 1.38.mf 1.2c.lo 1.38.lo 3.2d.lf 1.39.lf 1.2d.lg 1.39.lg 1.2d.li \
        1.39.li 1.2d.lm 1.39.lm 1.2d.ln 1.39.ln 1.2d.mg 1.39.mg 1.2f.le 1.3b.le 1.2h.le 1.3d.le 1.2h.lk 1.2i.ld \
        1.3e.ld 1.2i.lj 1.3e.lj 1.2i.lo 1.3e.lo y.27.m3 1.33.m3 e.2d.m3 1.39.m3 t.1t.lo 1.2p.lo 1.21.lo 1.2x.lo \
        1.27.lo 1.33.lo 1.2d.lo 1.39.lo 1.64.lg 1.70.lg 1.64.ld 1.70.ld 1.64.lo 1.70.lo 1.64.lc 1.70.lc 2.5g.lg \
        1.6c.lg 1.fa.lg 1.fb.lg 1.5i.lg 1.6e.lg 3.1z.lo 1.2v.lo 1.23.lo 1.2z.lo 1.27.mg 1.33.mg 1.dm.lg 1.dn.lg \
        1.c7.lo 1.ia.lo 1.2y.lo 4.1z.ld 1.2v.ld 3.26.lc 1.32.lc 1.5h.ld 1.6d.ld 1.5i.ld 1.6e.ld 1.60.ld 1.6w.ld \
        1.1t.lr 1.2p.lr 1.1t.lt 1.2p.lt 1.1x.lr 1.2t.lr 1.1x.lt 1.2t.lt 1.21.lr 1.2x.lr 1.21.lt 1.2x.lt 1.27.lr \
        1.33.lr 1.27.lt 1.33.lt 1.2a.lr 1.36.lr 1.2a.lt 1.36.lt 1.2d.lr 1.39.lr 1.2d.lt 1.39.lt 1.2b.me 1.37.me \
        1.2c.me 1.38.me 3.20.lo 1.2w.lo 7.1t.lj 1.2p.lj 1.1x.mf 1.2t.mf 1.5y.lg 1.6u.lg 1.5x.lg 1.6t.lg 1.27.lj \
        1.33.lj 1.fi.lg 1.fj.lg 1.2h.lg 1.3d.lg 7h.lc 1.ld 2.lv 1.lk.ld! 1c.jd a.1n 7.4o.ld 1.pd.ld 1.53 1.ph.ld \
        1.pj.ld 1.pl.ld 2.pr.ld 2.px.ld 1.q1.ld 1.qy.ld q.pl.lk 1.px.lk 1.q9.ld 1.qd.ld 1.qf.ld 1.qh.ld 1.qz.ld \
        q.qh.lk 1.qt.lk 1.qn.ld 1.qt.ld 1.qx.ld 5.r6.ld 1.r6.lk 18.t1.lc 1.t1.lk 2.sz.ld 4.sm.lk 5.t6.ld 1.t4.lc \
        1.tf.li b.t4.li w.u0.li n.tx.lc 1.tx.lk 2.tv.ld 4.uu.lk 5.u2.ld 1.u0.lc 1.ub.li o.vo.lr 1.vp.lr 22.t2.li \
        1.ty.li e.sw.li 1.ts.li 1.sw.lk 1.ts.lk 3.t1.li 1.tx.li 3.yg.lk 1.yh.lk 1.t2.lk 1.ty.lk 1.t3.lk 1.tz.lk \
        3.t4.lg 1.u0.lg 1.t4.lk 1.u0.lk 1.ta.lk 1.u6.lk 3.yw.lk 1.yx.lk 1.tp.lk 1.ul.lk 1.tf.lg 1.ub.lg 1.tf.lk \
        1.ub.lk 1.tf.ln 1.ub.ln 1.tj.lk 1.uf.lk 3.tn.lk 1.uj.lk 89.17r.18z 1.17r.190 1.18o.190 1.17r.191 1.18q.190 \
        4a.1cl.190 2.1c1.190 h.1ci.190 gm.1t4.1to 8.1tc.1to 3.1tf.1to 10.1sl.1to! 1.1sm.1to! 1.1sn.1to! 1.1ss.1to! \
        1.1sx.1to! 1.1sy.1to! 1.1t7.1to! 1.1tb.1to! 30.1xj.1xa 1.1xj.1xz g.1wh.1x8! 1.1wi.1x8! 2.1wv.1x8! \
        2c.20i.20s! 3.20o.20s! z.1zq.20s! 1.1zr.20s! 1.1zw.20s! 3.20b.20s! 6i.287.28m 3.287.27y 1.287.28n g.275.27w! \
        1.276.27w! 1j.2aa.2c7 1i.2bq.2bi 1.2br.2bi 1.2bq.2c7 3g.2fa.2fq 3c.2in.2j9 7.2iu.2j9 1.2iu.2ja 2.2iu.2iq \
        1.2iy.2j9 3j.2me.2m6 1.2mf.2m6 1.2me.2mv 3y.2qh.2q2 2.2qh.2q7 1.2qk.2q2 1.2qh.2qn 9x.30i.33r! a.30s.33r! \
        5.30x.33r! 5.312.33r! 5.317.33r! d.30g.33p! a.31t.31u! 2.31t.31w! 1.33m.328! 2.33n.328! 9.31t.328! \
        i.32q.33r! a.330.33r! 5.335.33r! 5.33a.33r! 5.33f.33r! d.32o.33p! 31.36t.372 25c.5c5.5dh 2.5c7.5dh 2.5c9.5dh \
        2.5cb.5dh 2.5cd.5dh 4.5ch.5dh 15.5dm.5dh 2.5do.5dh 3.5dq.5dh 1.5dr.5dh 2.5du.5dh jh.1t.md 1.2p.md 1.1u.lj \
        1.2q.lj 1.1u.mb 1.2q.mb 1.1u.mp 1.2q.mp 1.5j.ld 1.6f.ld 1.1w.lj 1.2s.lj 1.1w.mb 1.2s.mb 1.1w.mp 1.2s.mp \
        1.1w.mf 1.2s.mf 1.1w.ml 1.2s.ml 1.7m.lc 1.7n.lc 1.7m.ld 1.7n.ld 1.1x.ml 1.2t.ml 1.1x.mo 1.2t.mo 1.fc.li \
        1.fd.li 1.1y.lj 1.2u.lj 1.1z.lg 1.2v.lg 1.20.lj 1.2w.lj 1.20.mb 1.2w.mb 1.20.lk 1.2w.lk 1.20.mf 1.2w.mf \
        1.20.mm 1.2w.mm 1.21.mo 1.2x.mo 1.5r.ld 1.6n.ld 1.23.ld 1.2z.ld 1.23.mb 1.2z.mb 1.23.mp 1.2z.mp 1.24.mb \
        1.30.mb 1.5yu.lg 1.5yv.lg 1.24.mp 1.30.mp 1.24.ml 1.30.ml 1.25.ld 1.31.ld 1.25.lj 1.31.lj 1.25.mb 1.31.mb \
        1.26.lj 1.32.lj 1.26.mb 1.32.mb 1.26.mp 1.32.mp 1.26.ml 1.32.ml 1.5x.ld 1.6t.ld 1.5x.lk 1.6t.lk 1.98.lc \
        1.99.lc 1.98.ld 1.99.ld 1.28.ld 1.34.ld 1.28.lj 1.34.lj 1.2a.lj 1.36.lj 1.2a.mb 1.36.mb 1.5zu.lg 1.5zv.lg \
        1.2a.mp 1.36.mp 1.2b.lj 1.37.lj 1.2b.mb 1.37.mb 1.9m.lj 1.9n.lj 1.9s.lj 1.9t.lj 1.602.lj 1.603.lj 1.2c.lj \
        1.38.lj 1.2c.mb 1.38.mb 1.2c.mp 1.38.mp 1.2c.ml 1.38.ml 1.2d.mc 1.39.mc 1.2d.mo 1.39.mo 1.2d.ml 1.39.ml \
        1.a0.ld 1.a1.ld 1.a2.lk 1.a3.lk 1.2e.lf 1.3a.lf 1.2e.mb 1.3a.mb 1.2f.lc 1.3b.lc 1.2f.ld 1.3b.ld 1.2f.lk \
        1.3b.lk 1.2f.lj 1.3b.lj 1.2f.mb 1.3b.mb 1.2g.lj 1.3c.lj 1.2g.lk 1.3c.lk 1.2h.lj 1.3d.lj 1.2i.le 1.3e.le \
        1.2i.mb 1.3e.mb 1.2i.mp 1.3e.mp 1.2w.mp 1.38.lk 1.3b.lm 1.3d.lm 2.an.lj 5.1t.mb 1.2p.mb 1.1t.ll 1.2p.ll \
        1.5e.ld 1.6a.ld 1.5e.lc 1.6a.lc 1.5e.ll 1.6a.ll 1.5e.lf 1.6a.lf 1.61s.le 1.61t.le 1.76.ld 1.77.ld 1.76.lc \
        1.77.lc 1.76.ll 1.77.ll 1.76.lf 1.77.lf 1.61s.li 1.61t.li 1.1x.mb 1.2t.mb 1.1x.ll 1.2t.ll 1.1x.lf 1.2t.lf \
        1.5m.ld 1.6i.ld 1.5m.lc 1.6i.lc 1.5m.ll 1.6i.ll 1.5m.lf 1.6i.lf 1.62g.le 1.62h.le 1.21.ll 1.2x.ll 1.21.mb \
        1.2x.mb 1.27.mb 1.33.mb 1.27.ll 1.33.ll 1.5w.ld 1.6s.ld 1.5w.lc 1.6s.lc 1.5w.ll 1.6s.ll 1.5w.lf 1.6s.lf \
        1.630.le 1.631.le 1.bk.ld 1.bl.ld 1.bk.lc 1.bl.lc 1.bk.ll 1.bl.ll 1.bk.lf 1.bl.lf 1.bk.mb 1.bl.mb 1.2d.mb \
        1.39.mb 1.2d.ll 1.39.ll 1.bz.ld 1.c0.ld 1.bz.lc 1.c0.lc 1.bz.ll 1.c0.ll 1.bz.lf 1.c0.lf 1.bz.mb 1.c0.mb \
        1.2h.lc 1.3d.lc 1.2h.mb 1.3d.mb 1.2h.ll 1.3d.ll 1.2h.lf 1.3d.lf 7.q9.lv 1.q9.lw 1.64g.lc 1.64h.lc 1.64g.ld \
        1.64h.ld 1.64g.n6 1.64h.n6 1.pd.lv 1.pd.lw 1.64o.lc 1.64p.lc 1.64o.ld 1.64p.ld 1.64o.n6 1.64p.n6 1.qd.lv \
        1.qd.lw 1.64w.lc 1.64x.lc 1.64w.ld 1.64x.ld 3.ph.lv 1.ph.lw 1.654.lc 1.655.lc 1.654.ld 1.655.ld 3.qf.lv \
        1.qf.lw 1.65c.lc 1.65d.lc 1.65c.ld 1.65d.ld 1.65c.n6 1.65d.n6 1.pj.lv 1.pj.lw 1.65k.lc 1.65l.lc 1.65k.ld \
        1.65l.ld 1.65k.n6 1.65l.n6 1.qh.lv 1.qh.lw 1.65s.lc 1.65t.lc 1.65s.ld 1.65t.ld 1.65s.n6 1.65t.n6 1.pl.lv \
        1.pl.lw 1.660.lc 1.661.lc 1.660.ld 1.661.ld 1.660.n6 1.661.n6 1.qn.lv 1.qn.lw 1.668.lc 1.669.lc 1.668.ld \
        1.669.ld 3.pr.lv 1.pr.lw 1.66g.lc 1.66h.lc 1.66g.ld 1.66h.ld 3.qt.lv 1.qt.lw 1.66o.lc 1.66p.lc 1.66o.ld \
        1.66p.ld 1.66o.n6 1.66p.n6 2.px.lw 2.66x.lc 2.66x.ld 2.66x.n6 1.qx.lv 1.qx.lw 1.674.lc 1.675.lc 1.674.ld \
        1.675.ld 1.674.n6 1.675.n6 1.q1.lv 1.q1.lw 1.67c.lc 1.67d.lc 1.67c.ld 1.67d.ld 1.67c.n6 1.67d.n6 1.q9.lc \
        1.q4 1.qd.lc 1.q5 1.qf.lc 1.q6 1.qh.lc 1.q7 1.qn.lc 1.r0 1.qt.lc 1.r1 1.qx.lc 1.r2 3.64g.n9 1.64h.n9 \
        1.64i.n9 1.64j.n9 1.64k.n9 1.64l.n9 1.64m.n9 1.64n.n9 1.64o.n9 1.64p.n9 1.64q.n9 1.64r.n9 1.64s.n9 1.64t.n9 \
        1.64u.n9 1.64v.n9 1.65c.n9 1.65d.n9 1.65e.n9 1.65f.n9 1.65g.n9 1.65h.n9 1.65i.n9 1.65j.n9 1.65k.n9 1.65l.n9 \
        1.65m.n9 1.65n.n9 1.65o.n9 1.65p.n9 1.65q.n9 1.65r.n9 1.674.n9 1.675.n9 1.676.n9 1.677.n9 1.678.n9 1.679.n9 \
        1.67a.n9 1.67b.n9 1.67c.n9 1.67d.n9 1.67e.n9 1.67f.n9 1.67g.n9 1.67h.n9 1.67i.n9 1.67j.n9 1.q9.li 1.q9.lg \
        1.67k.n9 1.q9.n9 1.q4.n9 2.q9.n6 1.69i.n9 1.pd.li 1.pd.lg 1.pd.lc 1.p2 1.pd.n9 2.qh 3.4o.n6 1.67o.n9 1.qf.n9 \
        1.q6.n9 2.qf.n6 1.69y.n9 1.ph.lc 1.p4 1.pj.lc 1.p5 1.pj.n9 1.69r.lc 1.69r.ld 1.69r.n6 1.qh.li 1.qh.lg \
        1.qy.lc 1.pc 3.qh.n6 1.qy.n6 1.pl.li 1.pl.lg 1.pl.lc 1.p6 2.6bi.lc 1.6bi.ld 1.6bi.n6 1.qt.li 1.qt.lg 1.qz.lc \
        1.q8 1.qp.lv 1.qp.lw 1.qt.n6 1.qz.n6 1.px.li 1.px.lg 1.px.lc 1.pa 1.pt.lw 1.4o.lc 1.p1 1.2o 3.67w.n9 1.qx.n9 \
        1.r2.n9 2.qx.n6 1.6ba.n9 1.pr.lc 1.p8 1.q1.lc 1.pb 1.q1.n9 1.50 3.6bm 1.6bn 85.q1 4.23 1.5h 33.6mo.mw \
        1.6mq.mw j.6ms.mw v.6og.mw 1.6ok.mw 1.6oi.mw 1h.6pv.mw 5.6q0.mw 3.6q3.mw o.6qr.mw 2.6qt.mw r.6rg.mw 3.6rn.mw \
        3.6rp.mw 2.6rs.mw n.1p.mw 2.6sh.mw b.6rx.mw 1.1o.mw 1.1q.mw 1.6sk.mw 1.6sl.mw 3.6sy.mw 1.6sz.mw 3.6t2.mw \
        1.6t3.mw 7.6t6.mw 1.6t7.mw 3.6te.mw 1.6tf.mw 3.6ti.mw 1.6tj.mw z.6ua.mw 1.6ug.mw 1.6uh.mw 1.6uj.mw 1d.6t8.mw \
        1.6t9.mw 1.6tt.mw 1.6tu.mw 7.6uq.mw 1.6ur.mw 1.6us.mw 1.6ut.mw 1o.9hk 1.9hl 1iq.8gt.mw! 12o.9jf.9ll \
        2.9jh.9ll 2.9jj.9ll 2.9jl.9ll 2.9jn.9ll 2.9jp.9ll 2.9jr.9ll 2.9jt.9ll 2.9jv.9ll 2.9jx.9ll 2.9jz.9ll \
        2.9k1.9ll 3.9k4.9ll 2.9k6.9ll 2.9k8.9ll 7.9kf.9ll 1.9kf.9lm 2.9ki.9ll 1.9ki.9lm 2.9kl.9ll 1.9kl.9lm \
        2.9ko.9ll 1.9ko.9lm 2.9kr.9ll 1.9kr.9lm n.9ja.9ll a.9lp.9ll e.9m3.9ll 2.9m5.9ll 2.9m7.9ll 2.9m9.9ll \
        2.9mb.9ll 2.9md.9ll 2.9mf.9ll 2.9mh.9ll 2.9mj.9ll 2.9ml.9ll 2.9mn.9ll 2.9mp.9ll 3.9ms.9ll 2.9mu.9ll \
        2.9mw.9ll 7.9n3.9ll 1.9n3.9lm 2.9n6.9ll 1.9n6.9lm 2.9n9.9ll 1.9n9.9lm 2.9nc.9ll 1.9nc.9lm 2.9nf.9ll \
        1.9nf.9lm n.9ly.9ll 3.9nz.9ll 1.9o0.9ll 1.9o1.9ll 1.9o2.9ll 4.9od.9ll 13ia.rpk 1.kc4 1.s7e 1.rt4 1.lw1 1.fg2 \
        1.gkl 1.vj0 1.vj0 1.hn5 1.ssx 1.gw7 1.hmw 1.jcm 1.ne1 1.p6t 1.qin 1.qt6 1.r20 1.sjz 1.kxu 1.ljv 1.mah 1.mvy \
        1.q4d 1.sq2 1.uep 1.fia 1.ghh 1.l50 1.mjf 1.qi5 1.v8e 1.ifk 1.m3v 1.qfh 1.r50 1.jih 1.pnc 1.qvz 1.iq2 1.kd3 \
        1.lm2 1.mpo 1.slq 1.fpi 1.g53 1.gda 1.jwk 1.l3n 1.mj4 1.nhj 1.pa9 1.qh2 1.qjg 1.s1b 1.tv6 1.upb 1.v7e 1.nt8 \
        1.nzz 1.otc 1.q15 1.t1g 1.vb3 1.rfa 1.hjz 1.iro 1.okg 1.pdq 1.mle 1.nuy 1.rsy 1.ttj 1.hjs 1.i8y 1.kyb 1.lp6 \
        1.lxr 1.oq7 1.oxj 1.tor 1.gcy 1.pe3 1.g64 1.g5o 1.o4c 1.ou6 1.q29 1.tpx 1.rk0 1.jin 1.kxu 1.rge 1.fg9 1.i5j \
        1.iz6 1.mtj 1.n74 1.gev 1.nwb 1.fr3 1.iw9 1.ff1 1.lho 1.k1k 1.opu 1.gjn 1.hge 1.ni9 1.q4p 1.re2 1.la2 1.sds \
        1.lfs 1.jjy 1.put 1.jog 1.n6t 1.fji 1.g2x 1.g5l 1.kn5 1.oo7 1.prj 1.rf6 1.ssv 1.gdx 1.gn6 1.ho3 1.ir0 1.k3p \
        1.m4e 1.nxm 1.tkd 1.ui2 1.vbr 1.vda 1.gbf 1.kau 1.l87 1.sbm 1.ino 1.j9s 1.jcw 1.jve 1.lyb 1.mdl 1.n0p 1.o22 \
        1.ovo 1.pdb 1.s9y 1.q9a 1.sgz 1.t3e 1.g7r 1.gbn 1.gql 1.ma0 1.r0i 1.re2 1.iq1 1.iyd 1.jnf 1.l9q 1.oji 1.mt1 \
        1.fl0 1.h6h 1.i5j 1.iii 1.izg 1.muq 1.mzt 1.p7e 1.pc6 1.svo 1.tti 1.tvs 1.u1k 1.fpn 1.o1a 1.ss4 1.trs 1.j4x \
        1.fie 1.fyy 1.i5q 1.i7z 1.k2h 1.kxu 1.mha 1.ncy 1.q9o 1.sjg 1.vil 1.k94 1.tny 1.gax 1.kfv 1.kj7 1.lkx 1.luk \
        1.mx5 1.n6h 1.nsb 1.opc 1.u3i 1.g31 1.je6 1.tq0 1.fu3 1.ie1 1.lpm 1.sa2 1.ivf 1.j7o 1.kk7 1.mtj 1.tqe 1.g89 \
        1.glr 1.i91 1.k5v 1.kem 1.ko8 1.lid 1.mx2 1.naa 1.p6h 1.r0v 1.r1d 1.sss 1.tsy 1.gfz 1.lve 1.gm5 1.mhc 1.n14 \
        1.qgq 1.tr7 1.uvr 1.vbz 1.kgn 1.lor 1.pns 1.o97 1.obk 1.olu 1.mo0 1.m8p 1.riw 1.fk0 1.px2 1.g8q 1.g7b 1.ip2 \
        1.jir 1.onq 1.i2t 1.ljy 1.kac 1.saj 1.qx8 1.tot 1.r63 1.iqb 1.g1s 1.gxs 3.hga 2.k8k 3.g66 1.mqy 1.ngq 1.ny4 \
        1.nz2 1.nz9 1.o0f 1.tw6 1.on2 1.p8d 2.qhe 2.rg8 3.shk 1.sn1 4.u7j 1.u7w 1.u94 1.v5g 1.sm6 1.trr 1.fqm 1.fzb \
        1.g25 1.gcp 1.gdg 1.ggh 1.gwt 1.gzq 1.h2g 1.hfk 1.hig 1.i90 1.i9a 1.j2s 1.j8o 1.j9q 1.jci 1.k0f 1.k4i 1.k9d \
        1.kn9 1.lmf 1.lqy 1.lya 1.mem 1.mjv 1.mxu 1.ntd 1.ny6 1.nyh 1.nyg 1.nyo 1.nyu 1.nz1 1.o0d 1.o0e 1.o5c 1.o75 \
        1.og0 1.ovo 1.ow9 1.oxt 1.p6a 1.pad 1.pnx 1.prt 1.prt 1.q53 1.r2o 1.r6e 1.rgh 1.ri1 1.rtf 1.ruw 1.sdy 1.shk \
        1.tsz 1.u0v 1.u2j 1.j1x 1.36cu 1.pp4 3.ffq 1.g51 1.g2w 1.fpc 1.g1x 1.g3k 1.gcn 1.ge2 1.gwt 1.gut 1.gwp 1.gyq \
        1.hga 1.hir 1.hms 1.hn8 1.huq 1.i08 1.iqa 1.iqh 1.iuh 1.iwd 1.j4o 1.j7y 1.j60 1.j9q 1.j8g 1.jci 1.jec 1.jpg \
        1.jrw 1.jte 1.k0m 1.k8k 1.kd3 1.kd7 1.keu 1.l89 1.la2 1.lkx 1.lwb 1.lvv 1.lya 1.m5a 1.mem 1.nmv 1.mk5 1.mnj \
        1.mqy 1.n01 1.n46 1.n5n 1.nbx 1.nbz 1.ngq 1.nh7 1.nhw 1.nka 1.nk0 1.nv0 1.o8h 1.og0 1.ol7 1.orf 1.ovo 1.p4u \
        1.pad 1.pxu 1.q27 1.qrd 1.r41 1.r5y 1.r6e 1.ren 1.rg8 1.rez 1.rgh 1.rge 1.rfx 1.ri1 1.rka 1.ruw 1.sag 1.sj6 \
        1.srd 1.sxi 1.tq4 1.tsz 1.tw6 1.tzv 1.u0v 1.u17 1.u2j 1.umq 1.vj0 1.313e 1.3138 1.33dh 1.brx 1.cns 1.cop \
        1.39e1 1.3bgw 1.3i6r 1.vgj 1.vim 1w.15l.14k! 2.16a.14n! b.161.14x! 1.161.14y! 1.1dmx.14x! 1.1dmx.14y! \
        1.15c.14n! 1.15c.14o! 1.15c.14s! 1.15d.14s! 1.15e.14s! 1.15f.14s! 1.15g.14s! 1.15h.14s! 1.15i.14s! \
        2.15k.14s! 1.15l.14s! 1.15m.14s! 1.15n.14s! 1.15o.14s! 2.15q.14s! 2.15s.14s! 1.15t.14s! 2.15v.14s! \
        1.15w.14s! 2.15y.14s! 1.15z.14s! 1.160.14s! 1.161.14s! 1.162.14s! 1.15h.14p! 1.15d.14v! 1.15n.14v! \
        1.15w.14v! 47g.1huh.1hve 2.1huj.1hve f.1hut.1hve 3n.1hyp.1hyf 1.1hyq.1hyf f0.1idj.1ida 1.1idj.1idz \
        a7.1int.1inu 1.1int.1ink 2.1int.1inx 70.1iuw.1iun 1.1iux.1iun ot.1jjp.1jjk 10di.2jx3.2jxh! 1.2jx4.2jxh! \
        1.2jxb.2jxq! 1.2jxb.2jxr! 1.2jxb.2jxs! 1.2jxb.2jxt! 1.2jxb.2jxu! 2f.2jzt.2jxh! 1.2jzu.2jxh! 1.2jzv.2jxq! \
        1.2jzw.2jxq! 1.2jzv.2jxr! 1.2jzw.2jxr! 1m4g.fgd 1.fg8 1.fgh 1.2tcy 1.fog 1.fqm 1.fqz 1.fsy 1.fwa 1.fx5 1.fzb \
        1.fyn 1.ae6 1.2ud6 1.g25 1.g2c 1.g2s 1.g3b 1.2u58 1.aex 1.g2v 1.g3x 1.2u6j 1.g47 1.g4k 1.fkc 1.g4s 1.g51 \
        1.3ly7 1.g6t 1.g77 1.afz 1.g8r 1.g92 1.gaa 1.gaf 1.ahh 1.gcn 1.gcp 1.gdg 1.ge2 1.ged 1.gee 1.gev 1.gg9 1.ggh \
        1.ggq 1.ghf 1.ghp 1.ghr 1.ghr 1.ghr 1.2v58 1.m7k 1.gju 1.gkf 1.2vdv 1.gkr 1.gkx 1.gli 1.gpq 1.gmw 1.gnc \
        1.go8 1.gpu 1.gs6 1.gsw 1.gur 1.gv7 1.gw4 1.gw4 1.gwp 1.gx7 1.gxf 1.gxu 1.h7a 1.gzq 1.h7b 1.h1t 1.h2s 1.g7b \
        1.hke 1.hce 1.hdg 1.he5 1.haj 1.hf6 1.hf5 1.hik 1.2x9g 1.hki 1.hkn 1.hl2 1.hlm 1.hlu 1.hnm 1.2xm0 1.2xnu \
        1.hrg 1.hsr 1.ht3 1.hqw 1.huu 1.aum 1.av0 1.hzc 1.i0u 1.i0u 1.2y88 1.i4j 1.i54 1.i5j 1.i5v 1.2yhk 1.i67 \
        1.i6e 1.itv 1.i76 1.ayp 1.i8w 1.i9a 1.ibk 1.ia5 1.2z1g 1.if7 1.2z1i 1.ige 1.igb 1.igs 1.ijl 1.ijm 1.b3j \
        1.ikd 1.ilk 1.im5 1.ind 1.b4y 1.2zr7 1.b5o 1.ipc 1.ipf 1.ipi 1.iq2 1.3pg2 1.iri 1.3035 1.3035 1.poh 1.isi \
        1.isi 1.b7r 1.335k 1.3cgq 1.iua 1.iuj 1.b8j 1.ivu 1.ix9 1.ixj 1.iyh 1.j29 1.bay 1.ba4 1.j2s 1.30t0 1.j47 \
        1.j7s 1.j7w 1.j7y 1.j7w 1.j96 1.j9q 1.jaq 1.jac 1.jan 1.jby 1.jci 1.jcm 1.jdc 1.jdn 1.jfh 1.jht 1.jis 1.jm8 \
        1.31n0 1.jlp 1.jjw 1.jmw 1.jnn 1.jqc 1.31td 1.js2 1.jph 1.jop 1.bhq 1.ju1 1.jum 1.jvh 1.juf 1.bjg 1.k0f \
        1.k18 1.32mi 1.k4j 1.kc8 1.k7d 1.bo9 1.k9d 1.bns 1.bms 1.g42 1.g45 1.kcg 1.k9o 1.pf1 1.deh 1.kd3 1.kd7 1.kdd \
        1.kf2 1.ker 1.33cz 1.bpl 1.kje 1.kg5 1.klu 1.kn9 1.33hp 1.kni 1.kkf 1.kr8 1.brx 1.ksi 1.kv7 1.kx6 1.l2g \
        1.33xf 1.l3v 1.bvc 1.l5t 1.34br 1.l78 1.bwu 1.l82 1.l9b 1.la2 1.la3 1.34p9 1.2yvf 1.34sa 1.le6 1.354s 1.lhb \
        1.lhp 1.lev 1.ljq 1.lku 1.lmf 1.lkx 1.lm1 1.lmg 1.lmt 1.357i 1.lkk 1.lrj 1.lta 1.c37 1.lvv 1.lvr 1.35jl \
        1.lq1 1.m0e 1.35ni 1.35ou 1.m2u 1.m61 1.m5a 1.m57 1.c5y 1.m6i 1.m7x 1.m7r 1.m99 1.2u5h 1.mdh 1.368z 1.mfw \
        1.36i3 1.mjs 1.mk5 1.mkw 1.36yw 1.mm8 1.mmt 1.3779 1.37dg 1.mt6 1.mtn 1.cdo 1.mud 1.ce0 1.ce0 1.myv 1.mzg \
        1.n01 1.n0l 1.n2i 1.cgr 1.n50 1.386u 1.n5q 1.389e 1.n74 1.2zrz 1.nbk 1.38v5 1.38vs 1.38zo 1.cn0 1.cnc 1.nhw \
        1.394j 1.394i 1.395l 1.396b 1.nj2 1.nj3 1.nj3 1.nka 1.cop 1.nm3 1.cp2 1.cra 1.39r1 1.nri 1.nt8 1.nv0 1.ctf \
        1.3a5i 1.nyu 1.3a8q 1.3a9x 1.o0f 1.o2z 1.cvj 1.o5c 1.o5m 1.o5r 1.3at8 1.3b1j 1.3b1j 1.oa6 1.d1e 1.3b8r 1.og6 \
        1.og9 1.d2f 1.3beo 1.onm 1.d5s 1.oo8 1.oo3 1.oow 1.3c06 1.orn 1.d8h 1.ouf 1.ow2 1.oxx 1.d9w 1.3ciw 1.3cjr \
        1.dax 1.3cnt 1.p6i 1.3cqm 1.p79 1.pa2 1.pad 1.3d22 1.3d43 1.pcw 1.3d7s 1.pdc 1.33a7 1.ded 1.pf6 1.phf 1.dfv \
        1.pj2 1.hx1 1.3dlz 1.3dmd 1.33bn 1.33bw 1.poh 1.pok 1.sda 1.dij 1.psh 1.psb 1.pst 1.gc3 1.ptd 1.ptf 1.ptp \
        1.puu 1.3ebg 1.put 1.pwd 1.pyb 1.q0d 1.pwj 1.q0t 1.q1z 1.q53 1.pxv 1.q16 1.q18 1.q1o 1.3eie 1.3eqz 1.3emt \
        1.dnv 1.q9d 1.q9f 1.qae 1.3g0a 1.qck 1.3f3g 1.dp9 1.dpd 1.3f75 1.3ff6 1.dpn 1.qj4 1.qjg 1.qjr 1.qjt 1.qll \
        1.qko 1.qoe 1.qn6 1.qrd 1.qp4 1.qqz 1.qrq 1.dsn 1.qu9 1.qv5 1.dtl 1.qxs 1.qxv 1.3giv 1.r13 1.r1a 1.dv9 1.r22 \
        1.aez 1.3gz2 1.3h46 1.dz2 1.dzb 1.rds 1.rfx 1.rka 1.rpx 1.3hrc 1.rsb 1.rsx 1.rvf 1.rxz 1.3i9b 1.2upw 1.s0b \
        1.rzw 1.s1c 1.2uvy 1.s7o 1.sag 1.3jki 1.3jl9 1.sk4 1.smp 1.snl 1.3ju6 1.snv 1.svs 1.t07 1.t08 1.sxo 1.t89 \
        1.t91 1.3ksa 1.tjf 1.ej9 1.tkn 1.3l2v 1.eli 1.ts3 1.iia 1.tur 1.3ltx 1.3lzu 1.epa 1.epi 1.u00 1.3mdm 1.er6 \
        1.3mhi 1.u17 1.u17 1.u21 1.3mpi 1.u76 1.eur 1.u95 1.ucn 1.ude 1.uf2 1.ez2 1.3nsg 1.umq 1.uv4 1.v0d 1.f66 \
        1.f71 1.v3b 1.3owe 1.f7c 1.3oxx 1.3p5a 1.3p8x 1.vcr 1.f9y 1.veh 1.vem 1.vet 1.vf3 1.vfa 1.vgb 1.3pxc
        """

    /// Runs of length and canonical combining class.
    static let combiningClasses = """
        lc.0 l.6e 1.6g 4.64 1.6g 1.60 5.64 2.5m 4.64 2.5m b.64 5.1 4.64 8.6e 1.6o 1.6e 3.64 3.6e 2.64 1.0 3.6e 4.64 \
        1.6e 1.6g 2.64 1.6e 1.6h 2.6i 1.6h 2.6i 1.6h d.6e 7n.0 5.6e 7d.0 1.64 4.6e 1.64 3.6e 1.66 1.64 6.6e 6.64 \
        2.6e 1.64 2.6e 1.66 1.6c 1.6e 1.a 1.b 1.c 1.d 1.e 1.f 1.g 1.h 1.i 2.j 1.k 1.l 1.m 1.0 1.n 1.0 1.o 1.p 1.0 \
        1.6e 1.64 1.0 1.i 20.0 8.6e 1.u 1.v 1.w 1c.0 1.r 1.s 1.t 1.u 1.v 1.w 1.x 1.y 2.6e 2.64 5.6e 1.64 2.6e 1.64 \
        g.0 1.z 2t.0 7.6e 2.0 4.6e 1.64 1.6e 2.0 2.6e 1.0 1.64 2.6e 1.64 z.0 1.10 u.0 1.6e 1.64 2.6e 1.64 2.6e 3.64 \
        1.6e 2.64 1.6e 1.64 3.6e 1.64 1.6e 1.64 1.6e 1.64 1.6e 1.64 2.6e 4g.0 7.6e 1.64 1.6e 9.0 1.64 o.0 4.6e 1.0 \
        9.6e 1.0 3.6e 1.0 5.6e 17.0 3.64 1o.0 1.6e 3.64 4.6e 16.0 5.6e 5.64 e.6e 1.0 1.64 2.6e 1.64 2.6e 1.64 3.6e \
        3.64 1.r 1.s 1.t 3.6e 1.64 2.6e 2.64 5.6e 1o.0 1.7 g.0 1.9 3.0 1.6e 1.64 2.6e 2v.0 1.7 g.0 1.9 1c.0 1.6e \
        1p.0 1.7 g.0 1.9 32.0 1.7 g.0 1.9 32.0 1.7 g.0 1.9 3j.0 1.9 32.0 1.7 g.0 1.9 7.0 1.2c 1.2j 2t.0 1.7 g.0 1.9 \
        31.0 2.9 g.0 1.9 3g.0 1.9 31.0 2.2v 1.9 d.0 4.2z 30.0 2.3a 1.9 d.0 4.3e 24.0 2.64 r.0 1.64 1.0 1.64 1.0 1.60 \
        1j.0 1.3l 1.3m 1.0 1.3o 5.0 4.3m 2.0 1.3m 1.0 2.6e 1.9 1.0 2.6e 1q.0 1.64 34.0 1.7 1.0 2.9 2a.0 1.64 jz.0 \
        3.6e qc.0 2.9 u.0 1.9 4d.0 1.9 a.0 1.6e 5n.0 1.6c 3z.0 1.66 1.6e 1.64 63.0 1.6e 1.64 1z.0 1.9 k.0 8.6e 2.0 \
        1.64 1c.0 5.6e 6.64 2.6e 1.64 1.0 2.64 2.6e 2.64 5.6e 1.64 4.6e 2t.0 1.7 f.0 1.9 12.0 1.6e 1.64 7.6e 1i.0 \
        2.9 1m.0 1.7 b.0 2.9 1v.0 1.7 48.0 3.6e 1.0 1.1 5.64 2.6e 4.64 1.6e 1.0 7.1 4.0 1.64 6.0 1.6e 3.0 2.6e 5i.0 \
        2.6e 1.64 7.6e 1.64 2.6e 1.6i 1.5y 1.64 1.5m 11.6e 1.6g 2.6c 1.64 1.62 1.6e 1.6h 1.64 1.6e 1.64 k0.0 2.6e \
        2.1 4.6e 3.1 2.6e 4.0 1.6e 3.0 2.1 1.6e 1.64 1.6e 2.1 4.64 1.6e 2da.0 3.6e 3x.0 1.9 2o.0 w.6e fe.0 1.62 1.6c \
        1.6g 1.66 2.68 2x.0 2.8 n9w.0 1.6e 4.0 a.6e w.0 2.6e 28.0 2.6e 7o.0 1.9 11.0 1.9 47.0 1.9 r.0 i.6e 1l.0 3.64 \
        11.0 1.9 2n.0 1.7 c.0 1.9 6n.0 1.6e 1.0 2.6e 1.64 2.0 2.6e 5.0 2.6e 1.0 1.6e 1g.0 1.9 6u.0 1.9 fn4.0 1.q \
        ld.0 7.6e 7.64 2.6e r1.0 1.64 6a.0 1.64 45.0 5.6e 1aq.0 1.64 1.0 1.6e 14.0 1.6e 1.1 1.64 4.0 1.9 4l.0 1.6e \
        1.64 fx.0 4.6e ar.0 2.6e 49.0 2.64 3.6e 1.64 1.6e 4.64 1d.0 1.6e 1.64 1.6e 1.64 5c.0 1.9 15.0 1.9 e.0 1.9 \
        1l.0 1.9 1.7 1x.0 3.6e 1c.0 2.9 1q.0 1.7 24.0 1.9 9.0 1.7 2y.0 1.9 1.7 4y.0 1.7 1.9 28.0 2.7 g.0 1.9 o.0 \
        7.6e 3.0 5.6e 5p.0 1.9 3.0 1.7 n.0 1.6e 2r.0 1.9 1.7 6z.0 1.9 1.7 3i.0 1.9 3a.0 1.9 1.7 37.0 1.9 7h.0 1.9 \
        1.7 76.0 2.9 4.0 1.7 4c.0 1.9 2b.0 1.9 i.0 1.9 29.0 1.9 bp.0 1.9 76.0 1.7 1.0 2.9 29.0 1.9 fa0.0 5.1 1n.0 \
        7.6e xl.0 2.6 f58.0 1.1 43q.0 2.60 3.1 3.0 1.6a 5.60 8.0 8.64 2.0 5.6e 2.64 u.0 4.6e 44.0 3.6e 2pn.0 7.6e \
        1.0 h.6e 2.0 7.6e 1.0 2.6e 1.0 5.6e 79.0 7.6e af.0 1.6e 1p.0 4.6e 15s.0 7.64 31.0 6.6e 1.7
        """

    /// Half-width and full-width forms and what stands for them.
    static let widths = """
        1efz.879 1eg0.87a 1eg1.9he 1eg2.9ho 1eg3.9hp 1eg4.9hd 1eg5.9ob 1eg6.9o2 1eg7.9lt 1eg8.9lv 1eg9.9lx 1ega.9lz \
        1egb.9m1 1egc.9nn 1egd.9np 1ege.9nr 1egf.9mr 1egg.9oc 1egh.9lu 1egi.9lw 1egj.9ly 1egk.9m0 1egl.9m2 1egm.9m3 \
        1egn.9m5 1ego.9m7 1egp.9m9 1egq.9mb 1egr.9md 1egs.9mf 1egt.9mh 1egu.9mj 1egv.9ml 1egw.9mn 1egx.9mp 1egy.9ms \
        1egz.9mu 1eh0.9mw 1eh1.9my 1eh2.9mz 1eh3.9n0 1eh4.9n1 1eh5.9n2 1eh6.9n3 1eh7.9n6 1eh8.9n9 1eh9.9nc 1eha.9nf \
        1ehb.9ni 1ehc.9nj 1ehd.9nk 1ehe.9nl 1ehf.9nm 1ehg.9no 1ehh.9nq 1ehi.9ns 1ehj.9nt 1ehk.9nu 1ehl.9nv 1ehm.9nw \
        1ehn.9nx 1eho.9nz 1ehp.9o3 1ehq.9ll 1ehr.9lm 1ehs.3fk 1eht.3cw 1ehu.3cx 1ehv.3hm 1ehw.3cy 1ehx.3ho 1ehy.3hp \
        1ehz.3cz 1ei0.3d0 1ei1.3d1 1ei2.3hs 1ei3.3ht 1ei4.3hu 1ei5.3hv 1ei6.3hw 1ei7.3hx 1ei8.3dm 1ei9.3d2 1eia.3d3 \
        1eib.3d4 1eic.3dt 1eid.3d5 1eie.3d6 1eif.3d7 1eig.3d8 1eih.3d9 1eii.3da 1eij.3db 1eik.3dc 1eil.3dd 1eim.3de \
        1eiq.3fl 1eir.3fm 1eis.3fn 1eit.3fo 1eiu.3fp 1eiv.3fq 1eiy.3fr 1eiz.3fs 1ej0.3ft 1ej1.3fu 1ej2.3fv 1ej3.3fw \
        1ej6.3fx 1ej7.3fy 1ej8.3fz 1ej9.3g0 1eja.3g1 1ejb.3g2 1eje.3g3 1ejf.3g4 1ejg.3g5 1ejk.4i 1ejl.4j 1ejm.4s \
        1ejn.w.lg 1ejo.4m 1ejp.4l 1ejq.6g9 1ejs.7b6 1ejt.6mo 1eju.6mp 1ejv.6mq 1ejw.6mr 1ejx.7fk 1ejy.7gr
        """
}
