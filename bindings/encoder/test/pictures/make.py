"""Makes the pictures that browser and native are compared on: one a format and oddity, all small.

    pip install pillow numpy
    python make.py
"""
import os

import numpy
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
y, x = numpy.mgrid[0:120, 0:160]
waves = 127 + 80 * numpy.sin(x / 9) + 40 * numpy.cos((x + 2 * y) / 17)
pixels = numpy.stack([waves, x * 255 / 159, 255 - y * 2], axis=2).clip(0, 255).astype(numpy.uint8)
pixels[30:90, 50:110] = [230, 40, 60]
picture = Image.fromarray(pixels)
alpha = picture.copy()
alpha.putalpha(Image.fromarray(((x + y) % 256).astype(numpy.uint8)))


def save(name, image, **options):
    image.save(os.path.join(here, name), **options)


turned = picture.getexif()
turned[0x0112] = 6
save("plain.png", picture)
save("alpha.png", alpha)
save("grey.png", picture.convert("L"))
save("palette.png", picture.quantize(16))
save("deep.png", Image.fromarray((pixels[:, :, 0].astype(numpy.uint16) * 257)))
save("plain.jpg", picture, quality=85)
save("progressive.jpg", picture, quality=85, progressive=True, subsampling=0)
save("turned.jpg", picture, quality=85, exif=turned)
save("grey.jpg", picture.convert("L"), quality=85)
save("cmyk.jpg", picture.convert("CMYK"), quality=85)
save("plain.webp", picture, quality=80)
save("alpha.webp", alpha, lossless=True)
save("plain.gif", picture.quantize(32))
save("one.png", Image.fromarray(pixels[:1, :1]))
