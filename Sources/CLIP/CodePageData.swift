// Written by training/unicode_tables.py (Python 3.11.7); do not edit.

/// Tables as text, numbers in base 36; see the script for how they are written.
enum CodePageData {
    /// What the bytes 80 to FF stand for in cp1252.
    static let cp1252 = """
        6gc 3l 6ca b6 6ce 6cm 6cg 6ch jq 6cw 9s 6d5 9e 3x al 3z 40 6c8 6c9 6cc 6cd 6ci 6c3 6c4 kc 6jm 9t 6d6 9f 4d \
        am ag 4g 4h 4i 4j 4k 4l 4m 4n 4o 4p 4q 4r 4s 4t 4u 4v 4w 4x 4y 4z 50 51 52 53 54 55 56 57 58 59 5a 5b 5c 5d \
        5e 5f 5g 5h 5i 5j 5k 5l 5m 5n 5o 5p 5q 5r 5s 5t 5u 5v 5w 5x 5y 5z 60 61 62 63 64 65 66 67 68 69 6a 6b 6c 6d \
        6e 6f 6g 6h 6i 6j 6k 6l 6m 6n 6o 6p 6q 6r 6s 6t 6u 6v 6w 6x 6y 6z 70 71 72 73
        """

    /// What the bytes 80 to FF stand for in cp1251.
    static let cp1251 = """
        si sj 6ca ur 6ce 6cm 6cg 6ch 6gc 6cw sp 6d5 sq ss sr sv uq 6c8 6c9 6cc 6cd 6ci 6c3 6c4 48 6jm ux 6d6 uy v0 \
        uz v3 4g su v2 so 4k wg 4m 4n sh 4p sk 4r 4s 4t 4u sn 4w 4x sm uu wh 51 52 53 up 6ja us 57 uw sl ut uv sw sx \
        sy sz t0 t1 t2 t3 t4 t5 t6 t7 t8 t9 ta tb tc td te tf tg th ti tj tk tl tm tn to tp tq tr ts tt tu tv tw tx \
        ty tz u0 u1 u2 u3 u4 u5 u6 u7 u8 u9 ua ub uc ud ue uf ug uh ui uj uk ul um un
        """

    /// What the bytes 80 to FF stand for in cp1250.
    static let cp1250 = """
        6gc 3l 6ca 3n 6ce 6cm 6cg 6ch 3s 6cw 9s 6d5 9m 9w al ah 40 6c8 6c9 6cc 6cd 6ci 6c3 6c4 48 6jm 9t 6d6 9n 9x \
        am ai 4g jr k8 8x 4k 78 4m 4n 4o 4p 9q 4r 4s 4t 4u aj 4w 4x kb 8y 50 51 52 53 54 79 9r 57 8t kd 8u ak 9g 5d \
        5e 76 5g 8p 7a 5j 7g 5l 7s 5n 7u 5p 5q 7i 7k 8z 93 5v 5w 9c 5y 5z 9k a6 62 a8 64 65 9u 67 9h 69 6a 77 6c 8q \
        7b 6f 7h 6h 7t 6j 7v 6l 6m 7j 7l 90 94 6r 6s 9d 6u 6v 9l a7 6y a9 70 71 9v k9
        """

    /// What the bytes 80 to FF stand for in mac-roman.
    static let macroman = """
        5g 5h 5j 5l 5t 5y 64 69 68 6a 6c 6b 6d 6f 6h 6g 6i 6j 6l 6k 6m 6n 6p 6r 6q 6s 6u 6t 6y 6x 6z 70 6cg 4w 4i 4j \
        4n 6ci 52 67 4u 4p 6jm 50 4o 6sg 5i 60 6qm 4x 6sk 6sl 4l 51 6pu 6q9 6q7 qo 6qz 4q 56 q1 6e 6w 5b 4h 4s 6qi \
        b6 6rs 6py 4r 57 6cm 4g 5c 5f 5x 9e 9f 6c3 6c4 6cc 6cd 6c8 6c9 6v 7gq 73 ag 6dg 6gc 6d5 6d6 1dkx 1dky 6ch 53 \
        6ca 6ce 6cw 5e 5m 5d 5n 5k 5p 5q 5r 5o 5v 5w 1d6n 5u 62 63 61 8h jq kc 4v k8 k9 ka 54 kd kb jr
        """
}
